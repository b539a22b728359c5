//! What server functions and resources say on the wire: JSON, read in the browser by a reader made for size.
//!
//! serde_json makes its fast reader anew for every type, and decoders were a quarter of the code of a screen. Here the text
//! becomes a `Value` first, then the value asked for; errors carry no words outside of development, since all that a
//! screen can say is that the answer was not understood.
use leptos::server_fn::{
    Bytes, ContentType, Decodes, Encodes, Format, FormatType,
    codec::{JsonEncoding, Post},
};
use serde::{
    Serialize,
    de::{
        DeserializeOwned, DeserializeSeed, Deserializer, EnumAccess, Error, IntoDeserializer, MapAccess, SeqAccess, VariantAccess, Visitor,
    },
    forward_to_deserialize_any,
};
use serde_json::{Map, Value};
use std::fmt;

/// The output of server functions: `#[server(client = Client, output = Wire)]`.
pub type Wire = Post<WireEncoding>;

/// JSON both ways.
pub struct WireEncoding;

impl ContentType for WireEncoding {
    const CONTENT_TYPE: &'static str = JsonEncoding::CONTENT_TYPE;
}

impl FormatType for WireEncoding {
    const FORMAT_TYPE: Format = Format::Text;
}

impl<T: Serialize> Encodes<T> for WireEncoding {
    type Error = serde_json::Error;

    fn encode(output: &T) -> Result<Bytes, Self::Error> {
        serde_json::to_vec(output).map(Bytes::from)
    }
}

impl<T: DeserializeOwned> Decodes<T> for WireEncoding {
    type Error = Broken;

    fn decode(bytes: Bytes) -> Result<T, Self::Error> {
        read(&bytes)
    }
}

/// Reads a value from JSON.
///
/// # Errors
/// `Broken` when it is no JSON, or not that of a `T`.
pub fn read<T: DeserializeOwned>(json: &[u8]) -> Result<T, Broken> {
    from_value(value(json)?)
}

/// Makes a value of JSON that is read already.
///
/// # Errors
/// `Broken` when it is not the JSON of a `T`.
pub fn from_value<T: DeserializeOwned>(value: Value) -> Result<T, Broken> {
    T::deserialize(Json(value))
}

// The one place where JSON is read: by slice, so that one reader is made.
fn value(json: &[u8]) -> Result<Value, Broken> {
    serde_json::from_slice(json).map_err(Broken::custom)
}

/// The JSON is not that of the type. Says why in development only.
#[derive(Debug)]
pub struct Broken(#[cfg(debug_assertions)] String);

impl fmt::Display for Broken {
    #[cfg(debug_assertions)]
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }

    #[cfg(not(debug_assertions))]
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("not understood")
    }
}

impl std::error::Error for Broken {}

impl Error for Broken {
    #[cfg(debug_assertions)]
    fn custom<T: fmt::Display>(why: T) -> Self {
        Self(why.to_string())
    }

    #[cfg(not(debug_assertions))]
    fn custom<T: fmt::Display>(_: T) -> Self {
        Self()
    }
}

fn unlike<T>(wanted: &str) -> Result<T, Broken> {
    Err(Broken::custom(wanted))
}

struct Json(Value);

impl<'de> Deserializer<'de> for Json {
    type Error = Broken;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Broken> {
        match self.0 {
            Value::Null => visitor.visit_unit(),
            Value::Bool(yes) => visitor.visit_bool(yes),
            Value::Number(number) => match (number.as_u64(), number.as_i64()) {
                (Some(n), _) => visitor.visit_u64(n),
                (_, Some(n)) => visitor.visit_i64(n),
                _ => visitor.visit_f64(number.as_f64().unwrap_or_default()),
            },
            Value::String(text) => visitor.visit_string(text),
            Value::Array(items) => visitor.visit_seq(Items(items.into_iter())),
            Value::Object(fields) => visitor.visit_map(Fields::of(fields)),
        }
    }

    // From here on what a type asks for, instead of all that a value may be: each case that is not there is code less.

    fn deserialize_str<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Broken> {
        match self.0 {
            Value::String(text) => visitor.visit_string(text),
            _ => unlike("a text was expected"),
        }
    }

    fn deserialize_string<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Broken> {
        self.deserialize_str(visitor)
    }

    fn deserialize_identifier<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Broken> {
        self.deserialize_str(visitor)
    }

    fn deserialize_bool<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Broken> {
        match self.0 {
            Value::Bool(yes) => visitor.visit_bool(yes),
            _ => unlike("yes or no was expected"),
        }
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Broken> {
        match self.0 {
            Value::Null => visitor.visit_none(),
            _ => visitor.visit_some(self),
        }
    }

    fn deserialize_unit<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Broken> {
        visitor.visit_unit()
    }

    fn deserialize_unit_struct<V: Visitor<'de>>(self, _: &'static str, visitor: V) -> Result<V::Value, Broken> {
        visitor.visit_unit()
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Broken> {
        visitor.visit_unit()
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(self, _: &'static str, visitor: V) -> Result<V::Value, Broken> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Broken> {
        match self.0 {
            Value::Array(items) => visitor.visit_seq(Items(items.into_iter())),
            _ => unlike("a list was expected"),
        }
    }

    fn deserialize_tuple<V: Visitor<'de>>(self, _: usize, visitor: V) -> Result<V::Value, Broken> {
        self.deserialize_seq(visitor)
    }

    fn deserialize_tuple_struct<V: Visitor<'de>>(self, _: &'static str, _: usize, visitor: V) -> Result<V::Value, Broken> {
        self.deserialize_seq(visitor)
    }

    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Broken> {
        match self.0 {
            Value::Object(fields) => visitor.visit_map(Fields::of(fields)),
            _ => unlike("fields were expected"),
        }
    }

    fn deserialize_struct<V: Visitor<'de>>(self, _: &'static str, _: &'static [&'static str], visitor: V) -> Result<V::Value, Broken> {
        self.deserialize_map(visitor)
    }

    fn deserialize_enum<V: Visitor<'de>>(self, _: &'static str, _: &'static [&'static str], visitor: V) -> Result<V::Value, Broken> {
        let (name, content) = match self.0 {
            Value::String(name) => (name, Value::Null),
            Value::Object(fields) => match fields.into_iter().next() {
                Some(variant) => variant,
                None => return unlike("a variant was expected"),
            },
            _ => return unlike("a variant was expected"),
        };
        visitor.visit_enum(Variant(name, content))
    }

    forward_to_deserialize_any! { i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char bytes byte_buf }
}

struct Items(std::vec::IntoIter<Value>);

impl<'de> SeqAccess<'de> for Items {
    type Error = Broken;

    fn next_element_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<Option<S::Value>, Broken> {
        self.0.next().map(|item| seed.deserialize(Json(item))).transpose()
    }
}

struct Fields(serde_json::map::IntoIter, Value);

impl Fields {
    fn of(fields: Map<String, Value>) -> Self {
        Self(fields.into_iter(), Value::Null)
    }
}

impl<'de> MapAccess<'de> for Fields {
    type Error = Broken;

    fn next_key_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<Option<S::Value>, Broken> {
        let Some((name, value)) = self.0.next() else { return Ok(None) };
        self.1 = value;
        seed.deserialize(Json(Value::String(name))).map(Some)
    }

    fn next_value_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<S::Value, Broken> {
        seed.deserialize(Json(std::mem::take(&mut self.1)))
    }
}

struct Variant(String, Value);

impl<'de> EnumAccess<'de> for Variant {
    type Error = Broken;
    type Variant = Json;

    fn variant_seed<S: DeserializeSeed<'de>>(self, seed: S) -> Result<(S::Value, Json), Broken> {
        Ok((seed.deserialize(self.0.into_deserializer())?, Json(self.1)))
    }
}

impl<'de> VariantAccess<'de> for Json {
    type Error = Broken;

    fn unit_variant(self) -> Result<(), Broken> {
        Ok(())
    }

    fn newtype_variant_seed<S: DeserializeSeed<'de>>(self, seed: S) -> Result<S::Value, Broken> {
        seed.deserialize(self)
    }

    fn tuple_variant<V: Visitor<'de>>(self, _: usize, visitor: V) -> Result<V::Value, Broken> {
        self.deserialize_seq(visitor)
    }

    fn struct_variant<V: Visitor<'de>>(self, _: &'static [&'static str], visitor: V) -> Result<V::Value, Broken> {
        self.deserialize_map(visitor)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde::Deserialize;
    use std::collections::BTreeMap;
    use uuid::Uuid;

    #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
    #[serde(rename_all = "snake_case")]
    enum Shape {
        Dot,
        Round(f64),
        Box { width: u32, height: Option<u32> },
        Line(i64, i64),
    }

    #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
    #[serde(tag = "kind")]
    enum Tagged {
        One { id: Uuid },
        Two,
    }

    #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
    struct Inner {
        at: chrono::DateTime<chrono::Utc>,
        big: u64,
        low: i64,
    }

    #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
    struct Whole {
        shapes: Vec<Shape>,
        tagged: Vec<Tagged>,
        by_name: BTreeMap<String, i32>,
        pair: (char, bool),
        #[serde(flatten)]
        inner: Inner,
        #[serde(default)]
        missing: String,
        free: Value,
        result: Result<(), String>,
        nothing: Option<Uuid>,
        one: Option<Box<Whole>>,
    }

    fn whole(one: Option<Box<Whole>>) -> Whole {
        Whole {
            shapes: vec![Shape::Dot, Shape::Round(-0.5), Shape::Box { width: 7, height: None }, Shape::Line(-1, i64::MAX)],
            tagged: vec![Tagged::One { id: Uuid::from_u128(7) }, Tagged::Two],
            by_name: BTreeMap::from([("ä \" \\ \u{1f600}".to_owned(), -3)]),
            pair: ('é', true),
            inner: Inner { at: chrono::DateTime::UNIX_EPOCH, big: u64::MAX, low: i64::MIN },
            missing: "here".to_owned(),
            free: serde_json::json!({ "a": [1, null, { "b": 2.5 }] }),
            result: Err("no".to_owned()),
            nothing: None,
            one,
        }
    }

    #[test]
    fn everything_comes_back_as_it_was_sent() {
        let sent = whole(Some(Box::new(whole(None))));
        let bytes = WireEncoding::encode(&sent).unwrap();
        assert_eq!(<WireEncoding as Decodes<Whole>>::decode(bytes).unwrap(), sent);
        assert_eq!(from_value::<Whole>(serde_json::to_value(&sent).unwrap()).unwrap(), sent);
        assert_eq!(read::<Result<Option<u8>, String>>(br#"{"Ok": 3}"#).unwrap(), Ok(Some(3)));
    }

    #[test]
    fn what_is_not_asked_for_is_left_out_and_what_may_miss_is_filled_in() {
        let read: Inner = read(br#"{"more": {"x": [1]}, "at": "1970-01-01T00:00:00Z", "low": 1, "big": 2}"#).unwrap();
        assert_eq!((read.big, read.low), (2, 1));
        let mut json = serde_json::to_value(whole(None)).unwrap();
        json.as_object_mut().unwrap().remove("missing");
        assert_eq!(from_value::<Whole>(json).unwrap().missing, "");
    }

    #[test]
    fn json_of_another_shape_is_refused() {
        for json in ["", "{", "{} {}", "[]", r#""text""#, r#"{"at": 3, "big": 1, "low": 1}"#, r#"{"big": 1, "low": 1}"#] {
            assert!(read::<Inner>(json.as_bytes()).is_err(), "{json}");
        }
        for json in [r#""round""#, r#"{}"#, r#"{"box": {"height": 1}}"#, r#""square""#, "3", r#"{"line": [1]}"#] {
            assert!(read::<Shape>(json.as_bytes()).is_err(), "{json}");
        }
        assert!(read::<u8>(b"300").is_err() && read::<u8>(b"-1").is_err() && read::<bool>(b"1").is_err());
    }
}
