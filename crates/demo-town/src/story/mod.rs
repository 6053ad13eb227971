//! The story of the town: what happens, in order, and what must come out of each step.
//!
//! A step that comes out otherwise is noted as such; the story goes on where it can, and does not pass.

mod citizen;
mod evidence;
mod report;

pub use citizen::Citizen;
pub use report::{Memory, Report, Step};

use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use service_kit::http::Request;

use crate::coupons::{Answer, Campaign};
use crate::residents::register::{POPULATION, Register, resident_number};
use crate::town::Town;

/// How long the story waits for a state that the network must reach by itself.
const PATIENCE: Duration = Duration::from_secs(10);

/// Citizens beside the first who take part in the coupon round.
const OTHER_CITIZENS: u32 = 24;

/// Residents that one telling takes: fresh ones each time, so that a second start tells the story again.
const CITIZENS_OF_ONE_TELLING: u32 = OTHER_CITIZENS + 1;

/// Plays the story in a running town.
///
/// # Errors
/// When a step fails so that there is nothing to go on with; what is noted so far stays in the report.
pub async fn play(town: &Town, report: &mut Report) -> Result<()> {
    let register = Register::open(&town.folder.join("residents/residents.sqlite"))?;
    let first_resident = town.telling()? * CITIZENS_OF_ONE_TELLING;
    let number = resident_number(first_resident);
    if first_resident + CITIZENS_OF_ONE_TELLING > POPULATION {
        bail!("every resident has been in the story by now; begin anew with --reset");
    }

    let began = Instant::now();
    let mut citizen = Citizen::enrol(town, number).await.context("enrolment")?;
    report.note("a citizen enrols with the key of her device", began.elapsed(), "enrolled", true);

    let began = Instant::now();
    citizen.link_municipality(town).await.context("linking the municipality")?;
    citizen.link_support_centre(town, "hanako").await.context("linking the support centre")?;
    report.note("she links both services", began.elapsed(), "linked", true);

    refused_before_consent(town, report, &citizen).await?;
    let answered = answered_after_grant(town, report, &citizen, &register).await?;
    refused_after_withdrawal(town, report, &citizen).await?;
    evidence::export_and_verify(town, report, &answered).await?;
    coupons_for_the_right_ones(town, report, &register, first_resident).await
}

async fn refused_before_consent(town: &Town, report: &mut Report, citizen: &Citizen) -> Result<()> {
    let began = Instant::now();
    let answer = ask(town, &citizen.customer).await?;
    let code = answer.refused_with.unwrap_or_default();
    let refused = code.ends_with(".consent_required");
    report.note("the centre asks before she agreed", began.elapsed(), &format!("refused, {code}"), refused);
    Ok(())
}

async fn answered_after_grant(
    town: &Town,
    report: &mut Report,
    citizen: &Citizen,
    register: &Register,
) -> Result<String> {
    let began = Instant::now();
    let recorded = citizen.grant().await.context("granting")?;
    let everywhere = if recorded.everywhere { "known at both servers" } else { "recorded" };
    report.note("she grants, signed with her key", began.elapsed(), everywhere, recorded.everywhere);

    let began = Instant::now();
    let answer = ask(town, &citizen.customer).await?;
    let expected = register.eligibility(&citizen.resident_number)?;
    let right = answer.eligibility.is_some() && answer.eligibility == expected && answer.decision.is_some();
    let outcome = match &answer.eligibility {
        Some(eligibility) => format!("answered, eligible: {}", eligibility.eligible),
        None => format!("refused, {}", answer.refused_with.unwrap_or_default()),
    };
    report.note("the centre asks again", began.elapsed(), &outcome, right);
    answer.message_id.context("the answer has no x-road-id")
}

async fn refused_after_withdrawal(town: &Town, report: &mut Report, citizen: &Citizen) -> Result<()> {
    let began = Instant::now();
    let withdrawal = citizen.withdraw();
    let first_refusal = async {
        while began.elapsed() < PATIENCE {
            let answer = ask(town, &citizen.customer).await?;
            if let Some(code) = answer.refused_with {
                return Ok((began.elapsed(), code));
            }
        }
        bail!("still answered {PATIENCE:?} after the withdrawal")
    };
    let (recorded, refusal) = tokio::join!(withdrawal, first_refusal);
    let recorded = recorded.context("withdrawing")?;
    report.note("she withdraws, signed with her key", began.elapsed(), "recorded", recorded.everywhere);
    let (after, code) = refusal?;
    report.withdrawal_to_refusal_ms = Some(after.as_secs_f64() * 1_000.0);
    let in_time = after < Duration::from_secs(1) && code.contains(".consent_");
    report.note("the centre asks until it is refused", after, &format!("refused, {code}"), in_time);
    Ok(())
}

/// Some citizens grant, some refuse, some take back, some never say anything; coupons go to exactly those who are
/// eligible and agree.
async fn coupons_for_the_right_ones(
    town: &Town,
    report: &mut Report,
    register: &Register,
    first: u32,
) -> Result<()> {
    let began = Instant::now();
    let holders_before = campaign(town).await?.holders;
    let mut expected = holders_before.clone();
    for index in 0..OTHER_CITIZENS {
        let mut citizen = Citizen::enrol(town, resident_number(first + 1 + index)).await?;
        citizen.link_municipality(town).await?;
        citizen.link_support_centre(town, "neighbour").await?;
        let agrees = match index % 4 {
            0 | 1 => citizen.grant().await.map(|_| true)?,
            2 => citizen.refuse().await.map(|_| false)?,
            _ if index % 8 == 3 => {
                citizen.grant().await?;
                citizen.withdraw().await.map(|_| false)?
            }
            _ => false,
        };
        if agrees && register.eligibility(&citizen.resident_number)?.is_some_and(|answer| answer.eligible) {
            expected.push(citizen.customer.clone());
        }
    }
    report.note(
        "neighbours enrol, link and decide",
        began.elapsed(),
        &format!("{OTHER_CITIZENS} citizens"),
        true,
    );

    let began = Instant::now();
    let campaign = campaign(town).await?;
    expected.sort();
    let right =
        campaign.holders == expected && campaign.failed == 0 && campaign.holders.len() > holders_before.len();
    let outcome = format!(
        "{} asked, {} coupons, {} not eligible, {} without consent",
        campaign.asked,
        campaign.holders.len(),
        campaign.not_eligible,
        campaign.without_consent
    );
    report.note("the centre gives out coupons", began.elapsed(), &outcome, right);
    Ok(())
}

async fn campaign(town: &Town) -> Result<Campaign> {
    town.loopback.post(town.ports.coupons(), "/campaign", "").await
}

async fn ask(town: &Town, customer: &str) -> Result<Answer> {
    town.loopback.json(town.ports.coupons(), Request::get(format!("/customers/{customer}/eligibility"))).await
}
