//! What waits for what: keys of the same project, without a circle.
use kernel::{Code, Fault, db::TenantTx};
use std::collections::{HashMap, HashSet};
use uuid::Uuid;

/// Keys from a text, separated by commas or blanks, each once.
pub fn parse(text: &str) -> Vec<String> {
    let mut seen = HashSet::new();
    text.split(|c: char| c == ',' || c.is_whitespace()).filter(|key| !key.is_empty() && seen.insert(*key)).map(str::to_owned).collect()
}

/// May the feature of this key wait for those? 422 for a key that is not in the project, 422 `cycle` naming the circle.
pub async fn check(tx: &mut TenantTx, project: Uuid, key: &str, wanted: &[String]) -> Result<(), Fault> {
    if wanted.is_empty() {
        return Ok(());
    }
    if wanted.len() > 100 {
        return Err(Fault::field("dependencies", format!("are {}; the most is 100", wanted.len())));
    }
    let known = sqlx::query_scalar!(
        "select feature_id from factory.features
         where organization_id = core.tenant() and project_id = $1 and feature_id = any ($2) and deleted_at is null",
        project,
        wanted
    )
    .fetch_all(tx.conn())
    .await?;
    let missing: Vec<&str> = wanted.iter().filter(|k| *k != key && !known.contains(k)).map(String::as_str).collect();
    if !missing.is_empty() {
        return Err(Fault::field("dependencies", format!("names {}, which is not in this project", missing.join(", "))));
    }
    let edges = sqlx::query!(
        r#"with recursive reach (key, needs) as (
             select feature_id::text, dependencies from factory.features
               where organization_id = core.tenant() and project_id = $1 and feature_id = any ($2) and deleted_at is null
             union
             select f.feature_id::text, f.dependencies
               from reach cross join lateral jsonb_array_elements_text(reach.needs) d (key)
                 join factory.features f on f.organization_id = core.tenant() and f.project_id = $1 and f.feature_id = d.key and f.deleted_at is null
           )
           select key as "key!", needs as "needs!: sqlx::types::Json<Vec<String>>" from reach"#,
        project,
        wanted
    )
    .fetch_all(tx.conn())
    .await?;
    let mut needs: HashMap<String, Vec<String>> = edges.into_iter().map(|e| (e.key, e.needs.0)).collect();
    needs.insert(key.to_owned(), wanted.to_vec());
    match circle(&needs, key) {
        Some(path) => Err(cycle(&path)),
        None => Ok(()),
    }
}

/// 422 `cycle`, spelling the circle out.
pub fn cycle(path: &[String]) -> Fault {
    let words = format!("would close a circle: {}", path.join(" waits for "));
    let mut fault = Fault::field("dependencies", words.clone());
    fault.code = Code::Cycle;
    fault.message = format!("This {words}.");
    fault
}

/// A way from the key back to itself, if there is one.
pub fn circle(needs: &HashMap<String, Vec<String>>, start: &str) -> Option<Vec<String>> {
    let mut seen: HashSet<&str> = HashSet::new();
    // Each entry: a key, and where its predecessor stands in `from`.
    let mut from: Vec<(&str, usize)> = vec![(start, 0)];
    let mut at = 0;
    while at < from.len() {
        let key = from[at].0;
        for next in needs.get(key).into_iter().flatten() {
            if next == start {
                let mut path = vec![start.to_owned()];
                let mut back = at;
                while back != 0 {
                    path.push(from[back].0.to_owned());
                    back = from[back].1;
                }
                path.push(start.to_owned());
                path.reverse();
                return Some(path);
            }
            if seen.insert(next) {
                from.push((next, at));
            }
        }
        at += 1;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_circle_is_spelled_out() {
        let needs: HashMap<String, Vec<String>> = [("A", vec!["B"]), ("B", vec!["C", "D"]), ("C", vec![]), ("D", vec!["A"])]
            .into_iter()
            .map(|(k, v)| (k.to_owned(), v.into_iter().map(str::to_owned).collect()))
            .collect();
        assert_eq!(circle(&needs, "A").unwrap(), ["A", "B", "D", "A"]);
        assert_eq!(circle(&needs, "C"), None);
        assert_eq!(parse(" F-1, F-2 F-1\n"), ["F-1", "F-2"]);
    }
}
