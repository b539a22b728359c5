//! What users of the demo's first project say, over the last thirty days.
use super::Dice;
use crate::{
    feedback::{self, FeedbackInput},
    voting,
};
use chrono::Duration;
use kernel::{Fault, db::TenantTx};
use std::collections::HashMap;
use uuid::Uuid;

/// Title, text, user, tag; the same text from several users is one problem of many.
const SAID: &[(&str, &str, &str, &str)] = &[
    ("Checkout crashes", "The app crashes when I pay with a saved card. All my items are gone afterwards.", "ines", "payments"),
    ("Checkout crashes", "The app crashes when I pay with a saved card.", "marek", "payments"),
    ("", "It crashes when I pay with a saved card, three times today.", "yuki", "payments"),
    ("Wrong total", "The total is wrong when two vouchers are used together.", "paolo", "vouchers"),
    ("", "Cannot apply my voucher, an error appears and the basket is empty.", "lena", "vouchers"),
    ("Slow search", "Search is slow on my phone, it takes five seconds for every letter.", "tom", "search"),
    ("", "The product list is slow and the page freezes while pictures load.", "amira", "performance"),
    ("Dark theme", "It would be nice to have a dark theme. My eyes hurt at night.", "kofi", "design"),
    ("Dark theme please", "I wish there was a dark theme.", "sara", "design"),
    ("", "Please add a dark theme, every other shop has one.", "jonas", "design"),
    ("Invoices by mail", "Please add support for sending invoices to a second address.", "acme-corp", "invoices"),
    ("", "We need a way to download all invoices of a month at once.", "globex", "invoices"),
    ("Confusing delivery dates", "The delivery date is confusing: it changes between the basket and the mail.", "noor", "delivery"),
    ("", "Timeout while loading the order history, I have about two hundred orders.", "henrik", "performance"),
    ("Gift wrapping", "Would be nice to choose gift wrapping for single items.", "maya", "wishes"),
    ("", "Thank you, the new address book saves me a lot of time.", "olga", "praise"),
    ("Log in fails", "I cannot log in since this morning, the code by mail never arrives.", "david", "sign-in"),
    ("", "Cannot log in with my work account, it says the session has ended.", "emre", "sign-in"),
    ("Address not saved", "My second address is not saved, the form fails without a word.", "chloe", "addresses"),
    ("", "The keyboard covers the button when I type my card number.", "liam", "mobile"),
];

/// Which feature a tag is about.
const ABOUT: &[(&str, &str)] = &[
    ("payments", "Card payments"),
    ("vouchers", "Vouchers"),
    ("invoices", "Invoices"),
    ("delivery", "Delivery slots"),
    ("addresses", "Saved addresses"),
];

/// What stands on the voting page, and how many voted for it.
const WISHES: &[(&str, u64)] =
    &[("Invoices", 41), ("Vouchers", 27), ("Parcel tracking", 19), ("Delivery slots", 12), ("Saved addresses", 8), ("Returns", 5)];

/// Adds them; their triage is queued as for any other.
pub(super) async fn load(tx: &mut TenantTx, project: Uuid, dice: &mut Dice) -> Result<(), Fault> {
    let now = tx.now();
    let rows = sqlx::query!("select feature_id as key, name from factory.features where project_id = $1 and parent_id is null", project)
        .fetch_all(tx.conn())
        .await?;
    let keys: HashMap<String, String> = rows.into_iter().map(|r| (r.name, r.key)).collect();
    for (title, description, user, tag) in SAID {
        let input = FeedbackInput {
            title: Some((*title).to_owned()),
            description: (*description).to_owned(),
            external_user_id: Some((*user).to_owned()),
            tags: vec![(*tag).to_owned()],
            feature: ABOUT.iter().find(|(about, _)| about == tag).and_then(|(_, name)| keys.get(*name)).cloned(),
            ..FeedbackInput::default()
        };
        let made = feedback::receive(tx, project, &input, None).await?;
        let at = now - Duration::minutes(dice.below(29 * 24 * 60) as i64);
        sqlx::query!("update factory.feedback_items set created_at = $2 where id = $1", made.id, at).execute(tx.conn()).await?;
    }
    votes(tx, project, dice).await
}

/// The voting page, open, with the votes of some weeks.
async fn votes(tx: &mut TenantTx, project: Uuid, dice: &mut Dice) -> Result<(), Fault> {
    let now = tx.now();
    let slug = sqlx::query_scalar!("select slug from factory.projects where id = $1", project).fetch_one(tx.conn()).await?;
    let intro = "What should we build next? Vote for what you miss most when you check out.".to_owned();
    voting::settings(tx, &slug, &voting::Settings { enabled: true, intro }).await?;
    for (name, count) in WISHES {
        let feature = sqlx::query_scalar!(
            "select id from factory.features where project_id = $1 and parent_id is null and name = $2 limit 1",
            project,
            *name
        )
        .fetch_optional(tx.conn())
        .await?;
        let Some(feature) = feature else { continue };
        voting::show(tx, &slug, feature, true).await?;
        let (mut voters, mut times) = (Vec::new(), Vec::new());
        for n in 0..*count {
            voters.push(format!("demo-{n}"));
            times.push(now - Duration::minutes(dice.below(40 * 24 * 60) as i64));
        }
        sqlx::query!(
            "insert into factory.feature_votes (project_id, feature_id, voter, created_at)
             select $1, $2, v.voter, v.at from unnest($3::text[], $4::timestamptz[]) as v (voter, at)",
            project,
            feature,
            &voters,
            &times
        )
        .execute(tx.conn())
        .await?;
    }
    Ok(())
}
