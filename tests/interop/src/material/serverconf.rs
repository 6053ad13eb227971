//! The configuration of a stock server: subsystems, services, access rights.

use anyhow::{Context, Result};

use super::sql::{Row, Tables};

/// A stock server's configuration, as far as messages need it.
#[derive(Debug, PartialEq, Eq)]
pub struct ServerConf {
    /// `instance/class/member/server`.
    pub server_id: String,
    /// Its registered clients.
    pub clients: Vec<Client>,
}

/// A member or subsystem.
#[derive(Debug, PartialEq, Eq)]
pub struct Client {
    /// `instance/class/member[/subsystem]`.
    pub id: String,
    /// `NOSSL`, `SSLNOAUTH` or `SSLAUTH`.
    pub connection_type: String,
    /// Its services.
    pub services: Vec<Service>,
}

/// A service.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Service {
    /// Service code.
    pub code: String,
    /// Service version.
    pub version: Option<String>,
    /// `REST`, `OPENAPI3` or `WSDL`.
    pub kind: String,
    /// Base address.
    pub url: String,
    /// Where its description is, of kinds that have one: an address, or a file beside the declarations.
    pub description: Option<String>,
    /// Seconds.
    pub timeout_seconds: u64,
    /// The certificate of the address is checked.
    pub verify_tls: bool,
    /// Its description is switched off.
    pub disabled: bool,
    /// Rights.
    pub rights: Vec<Right>,
}

/// An access right of a client.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Right {
    /// `instance/class/member[/subsystem]`.
    pub client: String,
    /// Method or `*`.
    pub method: String,
    /// Path pattern.
    pub path: String,
}

impl ServerConf {
    /// Reads the SQL that filled the database of a stock server.
    ///
    /// # Errors
    /// Something is missing.
    pub fn from_sql(text: &str) -> Result<Self> {
        let tables = Tables::read(text)?;
        let server = tables.rows("serverconf").first().context("no serverconf")?;
        let owner = text.split("set owner=").nth(1).context("no owner")?;
        let owner: String = owner.chars().take_while(char::is_ascii_digit).collect();
        let owner = client_id(&tables, tables.row("client", "id", &owner)?)?;
        let registered = tables.rows("client").iter();
        let registered =
            registered.filter(|row| row.get("clientstatus").is_some_and(|status| status == "registered"));
        let clients = registered.map(|row| client(&tables, row)).collect::<Result<_>>()?;
        Ok(Self { server_id: format!("{owner}/{}", get(server, "servercode")?), clients })
    }
}

fn client(tables: &Tables, row: &Row) -> Result<Client> {
    let id = get(row, "id")?;
    let mut services = Vec::new();
    for description in
        tables.rows("servicedescription").iter().filter(|found| found.get("client_id") == Some(id))
    {
        let of_description = get(description, "id")?;
        let rows = tables.rows("service").iter();
        for found in rows.filter(|found| found.get("servicedescription_id") == Some(of_description)) {
            services.push(service(tables, id, description, found)?);
        }
    }
    Ok(Client {
        id: client_id(tables, row)?,
        connection_type: get(row, "isauthentication")?.clone(),
        services,
    })
}

fn service(tables: &Tables, client: &String, description: &Row, row: &Row) -> Result<Service> {
    let code = get(row, "servicecode")?;
    let endpoints = tables.rows("endpoint").iter();
    let endpoints =
        endpoints.filter(|e| e.get("client_id") == Some(client) && e.get("servicecode") == Some(code));
    let mut rights = Vec::new();
    for endpoint in endpoints {
        let given =
            tables.rows("accessright").iter().filter(|right| right.get("endpoint_id") == endpoint.get("id"));
        for right in given {
            let subject = tables.row("identifier", "id", get(right, "subjectid")?)?;
            rights.push(Right {
                client: identifier(subject)?,
                method: get(endpoint, "method")?.clone(),
                path: get(endpoint, "path")?.clone(),
            });
        }
    }
    let kind = get(description, "type")?.clone();
    // Of REST services this is the base address once more.
    let described = if kind == "REST" { None } else { description.get("url").cloned() };
    Ok(Service {
        code: code.clone(),
        version: row.get("serviceversion").cloned(),
        kind,
        url: get(row, "url")?.clone(),
        description: described,
        timeout_seconds: get(row, "timeout")?.parse()?,
        verify_tls: get(row, "sslauthentication")? == "true",
        disabled: get(description, "disabled")? == "true",
        rights,
    })
}

fn client_id(tables: &Tables, row: &Row) -> Result<String> {
    identifier(tables.row("identifier", "id", get(row, "identifier")?)?)
}

fn identifier(row: &Row) -> Result<String> {
    let mut id = [get(row, "xroadinstance")?, get(row, "memberclass")?, get(row, "membercode")?]
        .map(String::as_str)
        .join("/");
    if let Some(subsystem) = row.get("subsystemcode") {
        id = format!("{id}/{subsystem}");
    }
    Ok(id)
}

fn get<'r>(row: &'r Row, column: &str) -> Result<&'r String> {
    row.get(column).with_context(|| format!("no {column} in {row:?}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    const SQL: &str = "\
insert into identifier(id,discriminator,type,xroadinstance,memberclass,membercode,subsystemcode) values(1,'C','MEMBER','I','G','2',NULL);
insert into identifier(id,discriminator,type,xroadinstance,memberclass,membercode,subsystemcode) values(2,'C','SUBSYSTEM','I','G','2','S');
insert into identifier(id,discriminator,type,xroadinstance,memberclass,membercode,subsystemcode) values(4,'C','SUBSYSTEM','I','G','1','T');
insert into serverconf(id,servercode) values(1,'SS2');
insert into client(id,conf_id,identifier,clientstatus,isauthentication) values(11,1,1,'registered','NOSSL');
insert into client(id,conf_id,identifier,clientstatus,isauthentication) values(12,1,2,'registered','SSLAUTH');
insert into client(id,conf_id,identifier,clientstatus,isauthentication) values(13,1,4,'saved','NOSSL');
update serverconf set owner=11 where id=1;
insert into servicedescription(id,client_id,url,disabled,type) values(30,12,'http://h/',false,'REST'),(40,12,'http://h/wsdl',false,'WSDL');
insert into service(id,servicedescription_id,servicecode,serviceversion,url,sslauthentication,timeout) values(41,40,'get','v1','http://h/soap',false,60);
insert into service(id,servicedescription_id,servicecode,url,sslauthentication,timeout) values(31,30,'svc','http://h/rest',false,60);
insert into endpoint(id,client_id,servicecode,method,path,generated) values(50,12,'svc','*','**',true),(51,12,'other','*','**',true);
insert into accessright(id,subjectid,rightsgiven,client_id,endpoint_id) values(60,4,now(),12,50);
";

    #[test]
    fn a_captured_configuration_is_understood() {
        let conf = ServerConf::from_sql(SQL).unwrap();
        let right = Right { client: "I/G/1/T".into(), method: "*".into(), path: "**".into() };
        let service = Service {
            code: "svc".into(),
            version: None,
            kind: "REST".into(),
            url: "http://h/rest".into(),
            description: None,
            timeout_seconds: 60,
            verify_tls: false,
            disabled: false,
            rights: vec![right],
        };
        let soap_service = Service {
            code: "get".into(),
            version: Some("v1".into()),
            kind: "WSDL".into(),
            url: "http://h/soap".into(),
            description: Some("http://h/wsdl".into()),
            rights: vec![],
            ..service.clone()
        };
        let owner = Client { id: "I/G/2".into(), connection_type: "NOSSL".into(), services: vec![] };
        let subsystem = Client {
            id: "I/G/2/S".into(),
            connection_type: "SSLAUTH".into(),
            services: vec![service, soap_service],
        };
        assert_eq!(conf, ServerConf { server_id: "I/G/2/SS2".into(), clients: vec![owner, subsystem] });
    }
}
