//! A local SMTP server that answers what it is told, and remembers the mails it took.
use std::sync::{Arc, Mutex};
use tokio::{
    io::{AsyncBufReadExt, AsyncWriteExt, BufReader},
    net::{TcpListener, TcpStream},
    task::JoinHandle,
};

pub struct Double {
    pub port: u16,
    taken: Arc<Mutex<Vec<Taken>>>,
    task: JoinHandle<()>,
}

#[derive(Clone, Debug, Default)]
pub struct Taken {
    /// The commands in order.
    pub commands: Vec<String>,
    /// The mail as it came, with its head.
    pub data: String,
}

/// What one connection answers to the recipient: `250`, `550 no such user`; a `421` closes at the greeting.
impl Double {
    pub async fn answering(script: impl IntoIterator<Item = &'static str>) -> Self {
        let script: Vec<_> = script.into_iter().collect();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let taken = Arc::new(Mutex::new(Vec::new()));
        let mails = taken.clone();
        let task = tokio::spawn(async move {
            for n in 0.. {
                let (stream, _) = listener.accept().await.unwrap();
                let mail = converse(stream, script[n.min(script.len() - 1)]).await;
                mails.lock().unwrap().push(mail);
            }
        });
        Self { port, taken, task }
    }

    /// The conversations so far.
    pub fn taken(&self) -> Vec<Taken> {
        self.taken.lock().unwrap().clone()
    }
}

impl Drop for Double {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn converse(stream: TcpStream, reply: &str) -> Taken {
    let (read, mut write) = stream.into_split();
    let mut lines = BufReader::new(read).lines();
    let mut taken = Taken::default();
    if reply.starts_with("421") {
        let _ = write.write_all(format!("{reply}\r\n").as_bytes()).await;
        return taken;
    }
    let _ = write.write_all(b"220 double ready\r\n").await;
    while let Ok(Some(line)) = lines.next_line().await {
        let verb = line.split(' ').next().unwrap_or_default().to_ascii_uppercase();
        taken.commands.push(line);
        let answer = match verb.as_str() {
            "EHLO" => "250-double\r\n250-8BITMIME\r\n250 AUTH PLAIN",
            "AUTH" => "235 welcome",
            "RCPT" => reply,
            "DATA" => {
                let _ = write.write_all(b"354 go on\r\n").await;
                while let Ok(Some(line)) = lines.next_line().await {
                    if line == "." {
                        break;
                    }
                    taken.data.push_str(&line);
                    taken.data.push('\n');
                }
                "250 taken"
            }
            "QUIT" => {
                let _ = write.write_all(b"221 bye\r\n").await;
                break;
            }
            _ => "250 fine",
        };
        if write.write_all(format!("{answer}\r\n").as_bytes()).await.is_err() {
            break;
        }
    }
    taken
}
