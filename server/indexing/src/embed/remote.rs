//! A model over HTTP: `POST {base}/embeddings`. Batches, pauses, tries and what an answer has to look like; the sending
//! itself is a `Transport`'s.
use super::{BATCH, EmbedFault, Embedder, PAUSE, RETRIES, fit};
use async_trait::async_trait;
use serde::Deserialize;
use serde_json::{Value, json};
use std::time::Duration;

/// Sends requests and waits.
#[async_trait]
pub trait Transport: Send + Sync {
    /// Posts a body to the embeddings address.
    async fn post(&self, body: &Value) -> Result<Value, EmbedFault>;

    async fn wait(&self, time: Duration);
}

/// A model behind a transport.
pub struct Remote<T> {
    pub model: String,
    /// Asked for in each request; `None` for models that know no such wish.
    pub dimensions: Option<usize>,
    pub transport: T,
}

#[derive(Deserialize)]
struct Answer {
    data: Vec<Entry>,
}

#[derive(Deserialize)]
struct Entry {
    index: Option<usize>,
    embedding: Vec<f32>,
}

#[async_trait]
impl<T: Transport> Embedder for Remote<T> {
    fn model(&self) -> &str {
        &self.model
    }

    async fn embed(&self, texts: &[String]) -> Result<Vec<Vec<f32>>, EmbedFault> {
        let mut vectors = Vec::with_capacity(texts.len());
        for (n, batch) in texts.chunks(BATCH).enumerate() {
            if n > 0 {
                self.transport.wait(PAUSE).await;
            }
            vectors.extend(self.request(batch).await?);
        }
        Ok(vectors)
    }
}

impl<T: Transport> Remote<T> {
    async fn request(&self, batch: &[String]) -> Result<Vec<Vec<f32>>, EmbedFault> {
        let mut body = json!({ "model": self.model, "input": batch });
        if let Some(dimensions) = self.dimensions {
            body["dimensions"] = dimensions.into();
        }
        let mut waits = RETRIES.iter();
        loop {
            match (self.transport.post(&body).await, waits.next()) {
                (Err(fault), Some(wait)) if fault.may_pass => self.transport.wait(*wait).await,
                (answer, _) => return read(answer?, batch.len()),
            }
        }
    }
}

/// The vectors of an answer in the order of the texts.
fn read(answer: Value, texts: usize) -> Result<Vec<Vec<f32>>, EmbedFault> {
    let broken = |message: String| EmbedFault { message, may_pass: false };
    let Answer { data } =
        serde_json::from_value(answer).map_err(|error| broken(format!("The embeddings answer was not understood: {error}")))?;
    if data.len() != texts {
        return Err(broken(format!("{texts} texts were sent and {} vectors came back.", data.len())));
    }
    let mut found: Vec<Option<Vec<f32>>> = vec![None; texts];
    for (n, Entry { index, embedding }) in data.into_iter().enumerate() {
        let place = found.get_mut(index.unwrap_or(n)).filter(|place| place.is_none());
        *place.ok_or_else(|| broken("The embeddings answer counts its vectors wrongly.".to_owned()))? = Some(fit(embedding)?);
    }
    Ok(found.into_iter().flatten().collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Mutex;

    /// Answers what it is told, and notes what was asked and waited.
    #[derive(Default)]
    struct Double {
        faults: Mutex<Vec<EmbedFault>>,
        log: Mutex<Vec<String>>,
    }

    #[async_trait]
    impl Transport for Double {
        async fn post(&self, body: &Value) -> Result<Value, EmbedFault> {
            let texts = body["input"].as_array().unwrap();
            self.log.lock().unwrap().push(format!("post {} {}", texts.len(), body["dimensions"]));
            if let Some(fault) = self.faults.lock().unwrap().pop() {
                return Err(fault);
            }
            // Backwards: the index counts, not the order.
            let data: Vec<_> = texts
                .iter()
                .enumerate()
                .rev()
                .map(|(n, text)| json!({ "index": n, "embedding": [text.as_str().unwrap().len()] }))
                .collect();
            Ok(json!({ "data": data }))
        }

        async fn wait(&self, time: Duration) {
            self.log.lock().unwrap().push(format!("wait {}", time.as_millis()));
        }
    }

    fn remote(faults: Vec<EmbedFault>) -> Remote<Double> {
        let transport = Double { faults: Mutex::new(faults), ..Default::default() };
        Remote { model: "text-embedding-3-small".into(), dimensions: Some(1536), transport }
    }

    fn fault(may_pass: bool) -> EmbedFault {
        EmbedFault { message: "no".into(), may_pass }
    }

    #[tokio::test]
    async fn batches_of_96_with_a_pause_between() {
        let remote = remote(vec![]);
        let texts: Vec<String> = (0..200).map(|n| "x".repeat(n)).collect();
        let vectors = remote.embed(&texts).await.unwrap();
        assert_eq!(vectors.len(), 200);
        assert!(vectors.iter().enumerate().all(|(n, v)| v.len() == 1536 && v[0] == n as f32));
        assert_eq!(*remote.transport.log.lock().unwrap(), ["post 96 1536", "wait 200", "post 96 1536", "wait 200", "post 8 1536"]);
    }

    #[tokio::test]
    async fn a_request_is_tried_again_after_1_2_and_4_seconds() {
        let texts = ["a".to_owned()];
        let passing = remote(vec![fault(true); 3]);
        assert_eq!(passing.embed(&texts).await.unwrap()[0][0], 1.0);
        let tries = ["post 1 1536", "wait 1000", "post 1 1536", "wait 2000", "post 1 1536", "wait 4000", "post 1 1536"];
        assert_eq!(*passing.transport.log.lock().unwrap(), tries);
        assert_eq!(remote(vec![fault(true); 4]).embed(&texts).await.unwrap_err(), fault(true));
        let refused = remote(vec![fault(false)]);
        assert_eq!(refused.embed(&texts).await.unwrap_err(), fault(false));
        assert_eq!(refused.transport.log.lock().unwrap().len(), 1);
    }

    #[test]
    fn an_answer_that_counts_wrongly_is_refused() {
        for answer in [
            json!({ "data": [] }),
            json!({ "data": [{ "index": 0, "embedding": [1] }, { "index": 0, "embedding": [1] }] }),
            json!({ "data": [{ "index": 5, "embedding": [1] }, { "embedding": [1] }] }),
            json!({ "vectors": [] }),
        ] {
            assert!(read(answer, 2).is_err());
        }
    }
}
