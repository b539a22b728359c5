use crate::Shop;
use factory::code::{self, Reference};
use kernel::Code;
use std::fs;

const CART: &str = "\
use std::fmt;

/// What somebody is about to buy, line by line.
pub struct Cart { lines: Vec<Line>, currency: Currency }

impl Cart {
    pub fn add(&mut self, line: Line) { self.lines.push(line); self.lines.sort(); }
}
";

async fn shop() -> Shop {
    Shop::indexed(|repo| {
        repo.put("src/cart.rs", CART)
            .put(
                "src/checkout/pay.rs",
                "pub fn pay(cart: &mut Cart, line: Line) { // Cart again\n    cart.add(line); charge(cart, \"Cart\"); }\n",
            )
            .put("README.md", "# Shop\n")
            .put("src0.txt", "not in src");
    })
    .await
}

#[tokio::test]
async fn a_folder_holds_folders_and_files() {
    let shop = shop().await;
    let mut tx = shop.tx().await;
    let entries = async |tx: &mut kernel::db::TenantTx, path: &str| -> Vec<(String, Option<i64>)> {
        code::folder(tx, "shop", path).await.unwrap().into_iter().map(|e| (e.path, e.files)).collect()
    };
    assert_eq!(entries(&mut tx, "").await, [("src".to_owned(), Some(2)), ("README.md".to_owned(), None), ("src0.txt".to_owned(), None)]);
    assert_eq!(entries(&mut tx, "src").await, [("src/checkout".to_owned(), Some(1)), ("src/cart.rs".to_owned(), None)]);
    assert_eq!(entries(&mut tx, "nothing").await, []);
}

#[tokio::test]
async fn a_file_shows_its_text_and_symbols_also_when_its_repository_is_gone() {
    let shop = shop().await;
    let mut tx = shop.tx().await;
    let file = code::file(&mut tx, "shop", "src/cart.rs").await.unwrap();
    assert_eq!((file.text.as_str(), file.language.as_deref(), file.from_index), (CART, Some("rust"), false));
    let symbols: Vec<_> = file.symbols.iter().map(|s| (s.name.as_str(), s.start_line)).collect();
    assert_eq!(symbols, [("Cart", 4), ("Cart", 6), ("Cart.add", 7)]);
    assert_eq!(code::file(&mut tx, "shop", "src").await.unwrap_err().code, Code::NotFound);

    fs::rename(shop.repo.path(), shop.repo.root().join("gone.git")).unwrap();
    let file = code::file(&mut tx, "shop", "src/cart.rs").await.unwrap();
    assert!(file.from_index && file.text.contains("pub fn add(&mut self, line: Line)"));
    assert_eq!(file.symbols.last().unwrap().name, "Cart.add");
}

#[tokio::test]
async fn a_name_is_found_where_it_is_used_but_not_in_comments_and_texts() {
    let shop = shop().await;
    let mut tx = shop.tx().await;
    let found = code::references(&mut tx, "shop", "Cart").await.unwrap();
    let places: Vec<_> = found.iter().map(|Reference { path, line, .. }| (path.as_str(), *line)).collect();
    assert_eq!(places, [("src/cart.rs", 4), ("src/cart.rs", 6), ("src/checkout/pay.rs", 1)]);
    let found = code::references(&mut tx, "shop", "Cart.add").await.unwrap();
    assert_eq!(found.last().unwrap().text, "cart.add(line); charge(cart, \"Cart\"); }");
    assert_eq!(code::references(&mut tx, "shop", " ' ").await.unwrap(), []);
}
