//! What users of the demo's first project say, over the last thirty days.
use super::Dice;
use crate::feedback::{self, FeedbackInput};
use chrono::Duration;
use kernel::{Fault, db::TenantTx};
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

/// Adds them; their triage is queued as for any other.
pub(super) async fn load(tx: &mut TenantTx, project: Uuid, dice: &mut Dice) -> Result<(), Fault> {
    let now = tx.now();
    for (title, description, user, tag) in SAID {
        let input = FeedbackInput {
            title: Some((*title).to_owned()),
            description: (*description).to_owned(),
            external_user_id: Some((*user).to_owned()),
            tags: vec![(*tag).to_owned()],
            ..FeedbackInput::default()
        };
        let made = feedback::receive(tx, project, &input, None).await?;
        let at = now - Duration::minutes(dice.below(29 * 24 * 60) as i64);
        sqlx::query!("update factory.feedback_items set created_at = $2 where id = $1", made.id, at).execute(tx.conn()).await?;
    }
    Ok(())
}
