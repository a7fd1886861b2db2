// DynamoDB in memory, for tests of what keeps its state there. Prints its port, and ends when its input does: a test
// that is killed leaves nothing behind.
import dynalite from "dynalite";

const server = dynalite({ createTableMs: 0, updateTableMs: 0, deleteTableMs: 0 });
// Small answers must not wait for more.
server.on("connection", (socket) => socket.setNoDelay(true));
server.listen(0, "127.0.0.1", () => console.log(server.address().port));
process.stdin.resume();
process.stdin.on("end", () => process.exit(0));
