import { randomBytes } from "node:crypto";
import { connect, type Socket } from "node:net";

/** A WebSocket client that does what it likes: it need not read, answer closing frames or wait for anything. */
export interface RawSocket {
  readonly connection: Socket;
  /** The status line and headers that the upgrade was answered with; all that came when there were no headers. */
  readonly head: Promise<string>;
  /** Texts that came so far. */
  readonly texts: readonly string[];
  /** Code and reason of the closing frame that came. */
  closing(): { readonly code: number; readonly reason: string } | undefined;
  isClosed(): boolean;
  /** @returns false when the network takes no more for now */
  send(message: object | Buffer): boolean;
  destroy(): void;
}

/** A client's frame; its mask is all zeros. */
export function frameOf(opcode: number, payload: Buffer): Buffer {
  const { length } = payload;
  const head = Buffer.alloc(length < 126 ? 2 : length < 65_536 ? 4 : 10);
  head[0] = 0x80 | opcode;
  head[1] = 0x80 | (length < 126 ? length : length < 65_536 ? 126 : 127);
  if (head.length === 4) head.writeUInt16BE(length, 2);
  if (head.length === 10) head.writeBigUInt64BE(BigInt(length), 2);
  return Buffer.concat([head, Buffer.alloc(4), payload]);
}

/** A frame of text. */
export function textFrame(message: object): Buffer {
  return frameOf(1, Buffer.from(JSON.stringify(message)));
}

/** Takes whole frames of a server from the front of what came; answers the rest. */
function takeFrames(bytes: Buffer, take: (opcode: number, payload: Buffer) => void): Buffer {
  let rest = bytes;
  for (;;) {
    const short = (rest[1] ?? 0) & 0x7f;
    const headBytes = short < 126 ? 2 : short === 126 ? 4 : 10;
    if (rest.length < headBytes) return rest;
    const length = short < 126 ? short : short === 126 ? rest.readUInt16BE(2) : Number(rest.readBigUInt64BE(2));
    if (rest.length < headBytes + length) return rest;
    take((rest[0] ?? 0) & 0x0f, rest.subarray(headBytes, headBytes + length));
    rest = rest.subarray(headBytes + length);
  }
}

/** Connects and asks for the upgrade, at any path. */
export function openRawSocket(url: string, path = "/graphql", headers: Record<string, string> = {}): RawSocket {
  const { hostname, port, host } = new URL(url);
  const connection = connect(Number(port), hostname);
  const texts: string[] = [];
  let closing: { code: number; reason: string } | undefined;
  let received: Buffer = Buffer.alloc(0);
  let hasHead = false;
  const asked = {
    host,
    connection: "Upgrade",
    upgrade: "websocket",
    "sec-websocket-key": randomBytes(16).toString("base64"),
    "sec-websocket-version": "13",
    "sec-websocket-protocol": "graphql-transport-ws",
    ...headers,
  };
  const lines = Object.entries(asked).map(([name, value]) => `${name}: ${value}\r\n`);
  connection.on("error", () => undefined);
  connection.write(`GET ${path} HTTP/1.1\r\n${lines.join("")}\r\n`);
  const head = new Promise<string>((resolve) => {
    connection.once("close", () => resolve(String(received)));
    connection.on("data", (chunk) => {
      received = Buffer.concat([received, chunk]);
      const end = received.indexOf("\r\n\r\n");
      if (!hasHead && end < 0) return;
      if (!hasHead) {
        hasHead = true;
        resolve(String(received.subarray(0, end)));
        received = received.subarray(end + 4);
      }
      received = takeFrames(received, (opcode, payload) => {
        if (opcode === 1) texts.push(String(payload));
        if (opcode === 8) closing = { code: payload.readUInt16BE(0), reason: String(payload.subarray(2)) };
      });
    });
  });
  return {
    connection,
    head,
    texts,
    closing: () => closing,
    isClosed: () => connection.closed,
    send: (message) => connection.write(Buffer.isBuffer(message) ? message : textFrame(message)),
    destroy: () => connection.destroy(),
  };
}
