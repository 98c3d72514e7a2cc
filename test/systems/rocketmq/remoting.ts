import { createHmac } from 'node:crypto';
import { connect as dial, type Socket } from 'node:net';

/** What a server answered to a request of RocketMQ's remoting protocol. */
export interface Answer {
  code: number;
  remark: string;
  fields: Readonly<Record<string, string>>;
  body: Buffer;
}

/** Who signs the requests. */
export interface Credentials {
  accessKey: string;
  secretKey: string;
}

export type Fields = Readonly<Record<string, string | number | boolean>>;

/** A connection to a name server or a broker: requests in JSON headers with a body, answers in any order. */
export class Remoting {
  readonly #socket: Socket;
  readonly #credentials: Credentials | undefined;
  readonly #waiting = new Map<number, { resolve(answer: Answer): void; reject(error: Error): void }>();
  #received: Buffer = Buffer.alloc(0);
  #next = 0;
  #ended: Error | undefined;

  private constructor(socket: Socket, credentials: Credentials | undefined) {
    this.#socket = socket;
    this.#credentials = credentials;
    socket.on('data', (chunk) => this.#receive(chunk));
    socket.on('error', (error) => this.#end(error));
    socket.on('close', () => this.#end(coded('connection ended', 'ECONNRESET')));
  }

  /** Rejects, and leaves no socket behind, when that takes longer. */
  static open(address: string, ms: number, credentials?: Credentials): Promise<Remoting> {
    const at = address.lastIndexOf(':');
    const socket = dial({ host: address.slice(0, at), port: Number(address.slice(at + 1)), noDelay: true });
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => fail(coded(`${address} did not let us in`, 'timeout')), ms);
      const fail = (error: Error) => {
        clearTimeout(timer);
        socket.destroy();
        reject(error);
      };
      socket.once('error', fail);
      socket.once('connect', () => {
        clearTimeout(timer);
        socket.off('error', fail);
        resolve(new Remoting(socket, credentials));
      });
    });
  }

  ask(code: number, fields: Fields, body: Buffer = Buffer.alloc(0)): Promise<Answer> {
    if (this.#ended) return Promise.reject(this.#ended);
    const opaque = this.#next++;
    const header = Buffer.from(
      JSON.stringify({
        code,
        extFields: this.#signed(fields, body),
        flag: 0,
        language: 'OTHER',
        opaque,
        serializeTypeCurrentRPC: 'JSON',
        version: 495,
      }),
    );
    const lengths = Buffer.alloc(8);
    lengths.writeInt32BE(4 + header.length + body.length, 0);
    lengths.writeInt32BE(header.length, 4);
    return new Promise((resolve, reject) => {
      this.#waiting.set(opaque, { resolve, reject });
      this.#socket.write(Buffer.concat([lengths, header, body]));
    });
  }

  close(): void {
    this.#socket.destroy();
  }

  /** The signature is that of the fields' values in the order of their names, and of the body. */
  #signed(fields: Fields, body: Buffer): Record<string, string> {
    const named = Object.fromEntries(Object.entries(fields).map(([name, value]) => [name, String(value)]));
    if (!this.#credentials) return named;
    const { accessKey, secretKey } = this.#credentials;
    const all: Record<string, string> = { ...named, AccessKey: accessKey };
    const hmac = createHmac('sha1', secretKey);
    for (const name of Object.keys(all).sort()) hmac.update(all[name] ?? '');
    return { ...all, Signature: hmac.update(body).digest('base64') };
  }

  #receive(chunk: Buffer): void {
    this.#received = this.#received.length === 0 ? chunk : Buffer.concat([this.#received, chunk]);
    while (this.#received.length >= 4) {
      const total = this.#received.readInt32BE(0);
      if (this.#received.length < 4 + total) return;
      const frame = this.#received.subarray(4, 4 + total);
      this.#received = this.#received.subarray(4 + total);
      const length = frame.readInt32BE(0) & 0xffffff;
      const header = JSON.parse(frame.toString('utf8', 4, 4 + length)) as Header;
      // Servers also send requests, which tell of changes in a group of consumers.
      if ((header.flag & 1) === 0) continue;
      this.#waiting.get(header.opaque)?.resolve({
        code: header.code,
        remark: header.remark ?? '',
        fields: header.extFields ?? {},
        body: frame.subarray(4 + length),
      });
      this.#waiting.delete(header.opaque);
    }
  }

  #end(error: Error): void {
    this.#ended ??= error;
    for (const { reject } of this.#waiting.values()) reject(this.#ended);
    this.#waiting.clear();
    this.#socket.destroy();
  }
}

interface Header {
  code: number;
  flag: number;
  opaque: number;
  remark?: string;
  extFields?: Record<string, string>;
}

export function coded(message: string, code: string): Error {
  return Object.assign(new Error(message), { code });
}

/** JSON as servers write it: with numbers as keys that have no quotes. */
export function parseLoose<T>(body: Buffer): T {
  return JSON.parse(body.toString().replace(/([{,])(-?\d+):/g, '$1"$2":')) as T;
}

export interface Message {
  queueOffset: number;
  keys: string;
}

/** The messages of a pull's answer. */
export function messagesOf(body: Buffer): Message[] {
  const messages: Message[] = [];
  for (let start = 0; start < body.length; ) {
    const size = body.readInt32BE(start);
    const wideTopic = body.readInt32BE(start + 4) === -626843477 ? 2 : 1;
    const queueOffset = Number(body.readBigInt64BE(start + 20));
    const flags = body.readInt32BE(start + 36);
    // Addresses have 16 bytes where these bits are set, and 4 otherwise; each is followed by a port.
    let at = start + 48 + ((flags & 0x10) !== 0 ? 20 : 8) + 8 + ((flags & 0x20) !== 0 ? 20 : 8) + 12;
    at += 4 + body.readInt32BE(at);
    at += wideTopic + (wideTopic === 2 ? body.readInt16BE(at) : body.readUInt8(at));
    const properties = body.toString('utf8', at + 2, at + 2 + body.readInt16BE(at));
    const keys = properties
      .split('\u0002')
      .find((property) => property.startsWith('KEYS\u0001'))
      ?.slice(5);
    messages.push({ queueOffset, keys: keys ?? '' });
    start += size;
  }
  return messages;
}
