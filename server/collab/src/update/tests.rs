use super::*;
use proptest::prelude::*;
use std::sync::{Arc, Mutex};
use yrs::updates::{decoder::Decode, encoder::Encode};
use yrs::{
    Any, Doc, GetString, OffsetKind, Options, ReadTxn, StateVector, Text, Transact, WriteTxn, Xml, XmlElementPrelim, XmlFragment,
    XmlTextPrelim,
};

/// A document that counts as browsers do, and the updates that come out of it.
fn doc(client: u64) -> (Doc, Arc<Mutex<Vec<Vec<u8>>>>) {
    let doc = Doc::with_options(Options { offset_kind: OffsetKind::Utf16, ..Options::with_client_id(yrs::ClientID::new(client)) });
    let seen = Arc::new(Mutex::new(Vec::new()));
    let tell = seen.clone();
    doc.observe_update_v1("test", move |_, event| tell.lock().unwrap().push(event.update.clone())).unwrap();
    (doc, seen)
}

fn apply(doc: &Doc, update: &[u8]) {
    doc.transact_mut().apply_update(yrs::Update::decode_v1(update).unwrap()).unwrap();
}

fn text(doc: &Doc) -> String {
    let text = doc.get_or_insert_text("t");
    text.get_string(&doc.transact())
}

fn state(doc: &Doc) -> Vec<u8> {
    doc.transact().encode_state_as_update_v1(&StateVector::default())
}

/// What one of three people does.
#[derive(Clone, Debug)]
enum Act {
    Type(usize, usize, String),
    Delete(usize, usize, usize),
    Meet(usize, usize),
}

fn acts() -> impl Strategy<Value = Vec<Act>> {
    let act = prop_oneof![
        4 => (0..3usize, 0..40usize, "[a-zäß😀]{1,4}").prop_map(|(who, at, what)| Act::Type(who, at, what)),
        2 => (0..3usize, 0..40usize, 1..5usize).prop_map(|(who, at, count)| Act::Delete(who, at, count)),
        1 => (0..3usize, 0..3usize).prop_map(|(a, b)| Act::Meet(a, b)),
    ];
    prop::collection::vec(act, 1..60)
}

/// Lets three people work; answers every update in the order in which they made them.
fn play(acts: &[Act]) -> (Vec<Doc>, Vec<Vec<u8>>) {
    let people: Vec<_> = [7, 300, 90_000_000_000].map(doc).into_iter().collect();
    let mut all = Vec::new();
    for act in acts {
        match act {
            Act::Type(who, at, what) => {
                let doc = &people[*who].0;
                let text = doc.get_or_insert_text("t");
                let mut txn = doc.transact_mut();
                let at = floor(&text.get_string(&txn), *at);
                text.insert(&mut txn, at, what);
            }
            Act::Delete(who, at, count) => {
                let doc = &people[*who].0;
                let text = doc.get_or_insert_text("t");
                let mut txn = doc.transact_mut();
                let now = text.get_string(&txn);
                let (from, to) = (floor(&now, *at), floor(&now, at + count));
                text.remove_range(&mut txn, from, to - from);
            }
            Act::Meet(a, b) => {
                let update = state(&people[*a].0);
                apply(&people[*b].0, &update);
                people[*b].1.lock().unwrap().clear();
            }
        }
        for (_, seen) in &people {
            all.append(&mut seen.lock().unwrap());
        }
    }
    (people.into_iter().map(|(doc, _)| doc).collect(), all)
}

/// The last place at or before `at` that splits no surrogate pair.
fn floor(text: &str, at: usize) -> u32 {
    let mut place = 0;
    for character in text.chars() {
        if place + character.len_utf16() > at {
            break;
        }
        place += character.len_utf16();
    }
    place as u32
}

fn everything(people: &[Doc]) -> String {
    let (all, _) = doc(1);
    for person in people {
        apply(&all, &state(person));
    }
    text(&all)
}

proptest! {
    #[test]
    fn joined_updates_make_the_same_document(acts in acts(), cut in 1..20usize) {
        let (people, updates) = play(&acts);
        let (joined, _) = doc(2);
        for moment in updates.chunks(cut) {
            let parts = join(moment.iter().map(Vec::as_slice));
            prop_assert!(parts.len() <= moment.len());
            for part in parts {
                prop_assert!(Update::read(&part).is_ok());
                apply(&joined, &part);
            }
        }
        prop_assert_eq!(text(&joined), everything(&people));
    }

    #[test]
    fn what_somebody_lacks_makes_them_equal(acts in acts()) {
        let (people, updates) = play(&acts);
        let whole: Vec<Vec<u8>> = join(updates.iter().map(Vec::as_slice));
        for person in &people {
            let clocks = Clocks::read(&person.transact().state_vector().encode_v1()).unwrap();
            for part in &whole {
                if let Some(rest) = Update::read(part).unwrap().without(&clocks, &Deleted::default()) {
                    prop_assert!(Update::read(&rest).is_ok());
                    apply(person, &rest);
                }
            }
            prop_assert_eq!(text(person), everything(&people));
        }
    }

    #[test]
    fn clocks_are_those_of_the_library(acts in acts()) {
        let (people, updates) = play(&acts);
        let mut clocks = Clocks::default();
        clocks.extend(updates.iter().flat_map(|update| Update::read(update).unwrap().inserts()).collect());
        let (all, _) = doc(1);
        for person in &people {
            apply(&all, &state(person));
        }
        prop_assert_eq!(clocks, Clocks::read(&all.transact().state_vector().encode_v1()).unwrap());
        // Nothing is left of an update for whoever has all of it.
        let whole = state(&all);
        let whole = Update::read(&whole).unwrap();
        let mut known = Clocks::default();
        known.extend(whole.inserts());
        prop_assert_eq!(whole.without(&known, &Deleted::new(whole.deletes().to_vec())), None);
    }

    #[test]
    fn damaged_updates_are_refused_or_harmless(acts in acts(), damage in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6)) {
        let (_, updates) = play(&acts);
        for mut update in updates {
            for (place, value) in &damage {
                let place = place.index(update.len());
                update[place] = *value;
            }
            harmless(&update)?;
        }
    }

    #[test]
    fn noise_is_refused_or_harmless(noise in prop::collection::vec(prop_oneof![3 => 0..12u8, 1 => any::<u8>()], 0..60)) {
        harmless(&noise)?;
    }
}

/// What is let through, the library reads, and its own reading of it says the same.
fn harmless(update: &[u8]) -> Result<(), TestCaseError> {
    let Ok(read) = Update::read(update) else { return Ok(()) };
    let theirs = yrs::Update::decode_v1(update);
    prop_assert!(theirs.is_ok(), "{update:?}: {:?}", theirs.err());
    let (mut ours, mut wanted) = (Clocks::default(), Clocks::default());
    ours.extend(read.inserts());
    wanted.extend(
        theirs
            .iter()
            .flat_map(|u| {
                let inserts = u.insertions(true);
                inserts
                    .iter()
                    .flat_map(|(client, ranges)| {
                        ranges.iter().map(|r| Range { client: client.get(), start: r.start, end: r.end }).collect::<Vec<_>>()
                    })
                    .collect::<Vec<_>>()
            })
            .collect(),
    );
    prop_assert_eq!(ours, wanted);
    Ok(())
}

#[test]
fn updates_of_an_editor_pass() {
    let (doc, seen) = doc(5);
    let fragment = doc.get_or_insert_xml_fragment("default");
    {
        let mut txn = doc.transact_mut();
        let paragraph = fragment.push_back(&mut txn, XmlElementPrelim::empty("heading"));
        paragraph.insert_attribute(&mut txn, "level", Any::from(2.0));
        paragraph.insert_attribute(&mut txn, "checked", Any::Bool(true));
        let text = paragraph.push_back(&mut txn, XmlTextPrelim::new("Grüße 😀"));
        text.format(&mut txn, 0, 3, [("bold".into(), Any::from_json("{}").unwrap())].into());
        txn.get_or_insert_text("diagram").push(&mut txn, "graph TD");
    }
    fragment.remove_range(&mut doc.transact_mut(), 0, 1);
    for update in seen.lock().unwrap().iter().chain([&state(&doc)]) {
        assert!(!Update::read(update).unwrap().is_empty());
    }
    assert!(Update::read(NOTHING).unwrap().is_empty());
}

#[test]
fn nesting_and_claims_without_bytes_are_refused() {
    // A million blocks, a million clients, a million ranges, in a few bytes.
    for update in [&[1, 0xc0, 0x84, 0x3d, 1, 0][..], &[0xc0, 0x84, 0x3d], &[0, 1, 1, 0xc0, 0x84, 0x3d]] {
        assert!(Update::read(update).is_err());
    }
    // An attribute of arrays within arrays.
    let mut deep = vec![1, 1, 1, 0, 8, 1, 1, b't', 1];
    deep.extend([117, 1].repeat(100_000));
    deep.extend([126, 0]);
    assert!(Update::read(&deep).is_err());
    // One client twice.
    let twice = [2, 1, 1, 0, 0, 1, 1, 1, 1, 0, 1, 0];
    assert!(Update::read(&twice).is_err());
}
