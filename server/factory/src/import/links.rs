//! Parents and dependencies of an import, checked against the project and against each other.
use crate::features::MAX_DEPTH;
use std::collections::{HashMap, HashSet};
use uuid::Uuid;

/// The tree as it will be: who is under whom.
#[derive(Default)]
pub struct Tree {
    parent: HashMap<Uuid, Uuid>,
    children: HashMap<Uuid, Vec<Uuid>>,
}

/// Why a place in the tree is refused.
#[derive(Debug, PartialEq)]
pub enum Refused {
    Circle,
    TooDeep(i64),
}

impl Tree {
    pub fn known(&mut self, id: Uuid, parent: Uuid) {
        self.parent.insert(id, parent);
        self.children.entry(parent).or_default().push(id);
    }

    /// Puts a feature under a parent, if it stays a tree of five levels.
    pub fn put(&mut self, id: Uuid, parent: Uuid) -> Result<(), Refused> {
        let mut above = 1;
        let mut at = parent;
        loop {
            if at == id {
                return Err(Refused::Circle);
            }
            match self.parent.get(&at) {
                Some(up) if above < 100 => {
                    at = *up;
                    above += 1;
                }
                _ => break,
            }
        }
        let levels = above + self.height(id, 0);
        if levels > MAX_DEPTH {
            return Err(Refused::TooDeep(levels));
        }
        if let Some(old) = self.parent.remove(&id)
            && let Some(siblings) = self.children.get_mut(&old)
        {
            siblings.retain(|sibling| *sibling != id);
        }
        self.known(id, parent);
        Ok(())
    }

    fn height(&self, id: Uuid, depth: i64) -> i64 {
        if depth > MAX_DEPTH {
            return 1;
        }
        1 + self.children.get(&id).into_iter().flatten().map(|child| self.height(*child, depth + 1)).max().unwrap_or(0)
    }
}

/// Is the graph of waiting free of circles? (Kahn's algorithm.)
pub fn acyclic(needs: &HashMap<String, Vec<String>>) -> bool {
    let mut waiting: HashMap<&str, usize> = HashMap::new();
    let mut wanted_by: HashMap<&str, Vec<&str>> = HashMap::new();
    for (key, list) in needs {
        waiting.entry(key).or_default();
        for need in list {
            *waiting.entry(key).or_default() += 1;
            waiting.entry(need).or_default();
            wanted_by.entry(need).or_default().push(key);
        }
    }
    let mut free: Vec<&str> = waiting.iter().filter(|(_, n)| **n == 0).map(|(k, _)| *k).collect();
    let mut done: HashSet<&str> = HashSet::new();
    while let Some(key) = free.pop() {
        done.insert(key);
        for by in wanted_by.get(key).into_iter().flatten() {
            if let Some(n) = waiting.get_mut(by) {
                *n -= 1;
                if *n == 0 {
                    free.push(by);
                }
            }
        }
    }
    done.len() == waiting.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tree_stays_a_tree_of_five_levels() {
        let ids: Vec<Uuid> = (1..=7).map(Uuid::from_u128).collect();
        let mut tree = Tree::default();
        for pair in ids[..5].windows(2) {
            assert_eq!(tree.put(pair[1], pair[0]), Ok(()));
        }
        assert_eq!(tree.put(ids[5], ids[4]), Err(Refused::TooDeep(6)));
        assert_eq!(tree.put(ids[0], ids[4]), Err(Refused::Circle));
        assert_eq!(tree.put(ids[0], ids[0]), Err(Refused::Circle));
        assert_eq!(tree.put(ids[0], ids[6]), Err(Refused::TooDeep(6)));
        assert_eq!(tree.put(ids[4], ids[0]), Ok(()));
        assert_eq!(tree.put(ids[0], ids[6]), Ok(()));
    }

    #[test]
    fn circles_are_found() {
        let graph = |edges: &[(&str, &str)]| {
            let mut needs: HashMap<String, Vec<String>> = HashMap::new();
            for (a, b) in edges {
                needs.entry((*a).into()).or_default().push((*b).into());
            }
            needs
        };
        assert!(acyclic(&graph(&[("a", "b"), ("b", "c"), ("a", "c")])));
        assert!(!acyclic(&graph(&[("a", "b"), ("b", "c"), ("c", "a")])));
        assert!(!acyclic(&graph(&[("a", "a")])));
    }
}
