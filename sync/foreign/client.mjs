// A second client of the sync protocol, written from ../PROTOCOL.md alone, for Node 20 without packages.
// The tests use this client to check that document and server agree. The client keeps nothing on disk and is
// not meant for people.
//
//   node client.mjs --server URL --code CODE [--kind plate|incident] [--count N]
//   node client.mjs --vectors ../PROTOCOL.md
//
// The first command enrolls, saves N observations and a line that is not JSON, and sends all lines: once, again
// unchanged, and again cut into other frames with a new observation at the end. The command prints the answers
// as one JSON object. The second command recomputes the document's test vectors and prints their number.

import { createHash, createPrivateKey, createPublicKey, generateKeyPairSync, randomBytes, sign, verify } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { performance } from 'node:perf_hooks';
import { parseArgs } from 'node:util';
import { gunzipSync, gzipSync } from 'node:zlib';

// ---- encodings

const ALPHABET = '0123456789abcdefghjkmnpqrstvwxyz';

function base32(bytes) {
  let out = '', bits = 0, value = 0;
  for (const byte of bytes) {
    value = (value << 8) | byte;
    for (bits += 8; bits >= 5; bits -= 5) out += ALPHABET[(value >> (bits - 5)) & 31];
    value &= (1 << bits) - 1;
  }
  return bits ? out + ALPHABET[(value << (5 - bits)) & 31] : out;
}

const sha256 = (...parts) => parts.reduce((h, part) => h.update(part), createHash('sha256')).digest();
const base64url = (data) => Buffer.from(data).toString('base64url');
const rawKey = (key) => Buffer.from(createPublicKey(key).export({ format: 'jwk' }).x, 'base64url');
const deviceID = (publicKey) => base32(sha256(publicKey)).slice(0, 10);
const keyOfSeed = (seed) => createPrivateKey({
  key: Buffer.concat([Buffer.from('302e020100300506032b657004220420', 'hex'), seed]), format: 'der', type: 'pkcs8',
});

// ---- the chain

const TOMBSTONE = /^#sha256:([0-9a-f]{64})$/;

function lineHash(line) {
  const stone = TOMBSTONE.exec(line.toString('latin1'));
  return stone ? Buffer.from(stone[1], 'hex') : sha256(line);
}

const genesis = (stream) => sha256(`roadbook stream 1\n${stream}`);
const next = (h, line) => sha256(h, lineHash(line));
const obsID = (stream, seq, h) => `${stream}.${seq}.${base32(h.subarray(0, 10))}`;

const frameBytes = (stream, last, head) => Buffer.from(`roadbook frame 1\n${stream}\n${last}\n${head.toString('hex')}`);
const bootBytes = (stream, b) => Buffer.from(`roadbook boot ${b.v ?? 1}\n${stream}\n${b.boot}\n${b.base ?? 0}\n${b.ceiling ?? 0}`
  + (b.v === 2 ? `\n${b.offset ?? 0}\n${b.mono ?? 0}` : ''));

// corrected is the moment of saving as the server takes it, from a line's clock and its boot alone.
function corrected(clock, boot) {
  const held = (ms) => Math.min(Math.max(ms, 0), 2 ** 42);
  const [wall, mono, known] = [held(clock.wall), held(clock.mono), clock.known ?? 0];
  if (!boot.base) return { ms: Math.min(Math.max(wall, known), boot.ceiling ?? Infinity), grade: 'estimated' };
  const steady = boot.base + mono;
  const d = wall - mono - (boot.offset ?? 0);
  if (boot.v !== 2 || Math.abs(d) <= 2000) return { ms: steady, grade: 'exact' };
  const slept = d < 0 ? mono <= (boot.mono ?? 0) : mono >= (boot.mono ?? 0);
  const believed = slept && Math.abs(d) <= 366 * 24 * 3600 * 1000 && steady + d >= known;
  return { ms: believed ? steady + d : steady, grade: 'estimated' };
}

const answerBytes = (header, head, text) => Buffer.from(
  `roadbook answer 1\n${sha256(header).toString('hex')}\n${head}\n${sha256(text).toString('hex')}`);

// body is a request with the lines first..last of a log. log[i] is {line, h} at sequence i + 1.
function body(key, stream, log, first, last, more = {}) {
  const lines = log.slice(first - 1, last);
  const prev = first === 1 ? genesis(stream) : log[first - 2].h;
  const head = log[last - 1].h;
  const header = { v: 1, stream, first, count: lines.length, prev: prev.toString('hex'), ...more };
  const sig = sign(null, frameBytes(stream, last, head), key).toString('base64');
  const parts = [Buffer.from(JSON.stringify(header)), ...lines.map((l) => l.line),
    Buffer.from(JSON.stringify({ last, head: head.toString('hex'), sig }))];
  return Buffer.concat(parts.flatMap((part) => [part, Buffer.from('\n')]));
}

// ---- access

function assertion(key, device, { nonce, server_time }) {
  const iat = Math.floor(server_time / 1000);
  const claims = { iss: device, sub: device, aud: 'roadbook', jti: nonce, iat, exp: iat + 300 };
  const text = `${base64url('{"alg":"EdDSA","typ":"JWT"}')}.${base64url(JSON.stringify(claims))}`;
  return `${text}.${base64url(sign(null, Buffer.from(text), key))}`;
}

class Client {
  constructor(server) {
    this.server = server.replace(/\/$/, '');
    this.key = generateKeyPairSync('ed25519').privateKey;
    this.log = [];
    this.last = 0n; // the last stamp
    this.beginBoot();
  }

  // beginBoot: this machine's steady clock may stop in sleep, and a boot must not span that.
  beginBoot() {
    this.boot = base32(randomBytes(5));
    this.began = performance.now();
    this.ahead = Date.now() - this.began;
  }

  // clocks reads wall and steady clock, in another boot if the machine slept since the last reading.
  clocks() {
    const ahead = Date.now() - performance.now();
    if (ahead - this.ahead > 2000) this.beginBoot();
    this.ahead = Math.min(this.ahead, ahead);
    return { boot: this.boot, mono: Math.floor(performance.now() - this.began), wall: Date.now() };
  }

  // signed is for an answer that must have the server's signature: it returns the signed bytes.
  async post(path, headers, data, signed) {
    const answer = await fetch(this.server + path, { method: 'POST', redirect: 'manual', headers, body: data });
    const raw = Buffer.from(await answer.arrayBuffer());
    if (!answer.ok) throw Object.assign(new Error(`${path}: ${answer.status} ${raw}`), { status: answer.status });
    if (signed && !this.signedByServer(signed(raw), answer.headers.get('Roadbook-Signature') ?? '')) {
      throw new Error(`the answer to ${path} is not signed by the server of this device`);
    }
    return JSON.parse(raw.toString());
  }

  signedByServer(bytes, signature) {
    const x = Buffer.from(this.self.server_key, 'base64').toString('base64url');
    const key = createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x }, format: 'jwk' });
    return verify(null, bytes, key, Buffer.from(signature, 'base64'));
  }

  async enroll(code) {
    const publicKey = rawKey(this.key);
    this.self = await this.post('/v1/enroll', { 'Content-Type': 'application/json' },
      JSON.stringify({ public_key: publicKey.toString('base64'), code }));
    if (this.self.device !== deviceID(publicKey)) throw new Error(`the server calls this device ${this.self.device}`);
    this.stream = `${this.self.device}.${base32(randomBytes(5))}`;
    this.known = this.self.server_time;
    this.kinds = this.self.kinds;
  }

  // unknown lists the fields of a kind that the server does not state.
  unknown(kind, fields) {
    return Object.keys(fields).filter((name) => !this.kinds?.fields[kind]?.includes(name));
  }

  async token() {
    const nonce = await this.post('/v1/nonce', {}, '');
    const form = new URLSearchParams({
      grant_type: 'urn:ietf:params:oauth:grant-type:jwt-bearer', assertion: assertion(this.key, this.self.device, nonce),
    });
    const type = { 'Content-Type': 'application/x-www-form-urlencoded' };
    this.bearer = (await this.post('/v1/token', type, form.toString())).access_token;
  }

  // save writes an observation as a line and freezes the line.
  save(kind, fields) {
    const unknown = this.unknown(kind, fields);
    if (unknown.length) throw new Error(`the server does not know ${unknown}`);
    const read = this.clocks();
    const now = BigInt(read.wall) << 16n;
    this.last = this.last >= now ? this.last + 1n : now;
    const clock = { hlc: this.last.toString(), ...read, known: this.known };
    return this.freeze(Buffer.from(JSON.stringify(
      { v: 1, kind, act: 'create', catalogue: 'shunping-2020@1', officer: '00042', clock, fields })));
  }

  freeze(line) {
    const before = this.log.length ? this.log.at(-1).h : genesis(this.stream);
    const h = next(before, line);
    this.log.push({ line, h });
    return obsID(this.stream, this.log.length, h);
  }

  async send(first, last, encoding) {
    const plain = body(this.key, this.stream, this.log, first, last, {
      now: this.clocks(), ...(this.boots && { offers: this.boots }), pull: {}, streams: true, boots: 2,
      kinds: this.kinds?.digest ?? 'none',
      nonce: randomBytes(16).toString('base64'),
    });
    const data = encoding === 'gzip' ? gzipSync(plain) : plain;
    const header = plain.subarray(0, plain.indexOf('\n'));
    const answer = await this.withToken(() => this.post('/v1/sync', {
      Authorization: `Bearer ${this.bearer}`, 'Content-Type': 'application/x-ndjson', 'Content-Encoding': encoding,
      'Accept-Encoding': 'gzip',
    }, data, answerBytes.bind(null, header, this.log[last - 1].h.toString('hex'))));
    for (const boot of answer.boots ?? []) this.checkBoot(boot);
    this.boots = answer.boots;
    if (!answer.kinds || answer.kinds.fields) this.kinds = answer.kinds;
    this.known = answer.server_time;
    return answer;
  }

  async withToken(call) {
    if (!this.bearer) await this.token();
    try {
      return await call();
    } catch (error) {
      if (error.status !== 401) throw error;
      await this.token();
      return call();
    }
  }

  checkBoot(boot) {
    if (!this.signedByServer(bootBytes(this.stream, boot), boot.sig)) {
      throw new Error(`the signature of boot ${boot.boot} does not fit`);
    }
  }
}

// ---- the run

// statuses lists the status of each sequence first..last from the runs of an answer; a line without a run is "retry".
function statuses(answer, first, last) {
  const out = [];
  for (let seq = first; seq <= last; seq++) {
    out.push(answer.results?.find((r) => r.first <= seq && seq <= r.last)?.status ?? 'retry');
  }
  return out;
}

const pick = (n, from) => Array.from(randomBytes(n), (byte) => from[byte % from.length]).join('');

function fieldsOf(kind, unit, sets) {
  const common = { unit, occurred_at: '2020-12-15T10:00:00+08:00', remark: '外来客户端' };
  if (kind === 'incident') {
    return { ...common, category: 'other', reported_at: '2020-12-15T10:00:00+08:00', dispatched_at: '2020-12-15T10:30:00+08:00' };
  }
  const number = `冀F${pick(5, 'ABCDEFGHJKLMNPQRSTUVWXYZ0123456789')}`;
  return { ...common, plate_type: '02', plate_number: number, business: 'register', sets };
}

async function run({ server, code, kind, count }) {
  const client = new Client(server);
  await client.enroll(code);
  const ids = [];
  const save = (sets) => ids.push(client.save(kind, fieldsOf(kind, client.self.unit, sets)));
  for (let i = 1; i < count; i++) save(i);
  const unknown = client.unknown(kind, { ...fieldsOf(kind, client.self.unit, 1), of_a_later_release: 1 });
  const poison = client.freeze(Buffer.from('not JSON'));
  save(count);
  const last = client.log.length;

  const sent = await client.send(1, last, 'gzip');
  const again = await client.send(1, last, 'gzip');
  save(count + 1);
  const cutFront = await client.send(2, last - 1, 'identity');
  const cutBack = await client.send(last - 1, last + 1, 'gzip');
  return {
    device: client.self.device, unit: client.self.unit, role: client.self.role, stream: client.stream, ids, poison, unknown,
    kinds: [client.self.kinds.digest, sent.kinds.digest, client.kinds.digest], restated: !!sent.kinds.fields,
    lines: client.log.map((entry) => entry.line.toString()),
    sent: statuses(sent, 1, last), again: statuses(again, 1, last),
    recut: [statuses(cutFront, 2, last - 1), statuses(cutBack, last - 1, last + 1)],
    faults: sent.results.flatMap((r) => r.faults ?? []).map((fault) => fault.code),
    ranges: cutBack.ranges, streams: cutBack.streams, head: client.log.at(-1).h.toString('hex'), boots: cutBack.boots, cursor: cutBack.pull?.cursor,
  };
}

// ---- the document's vectors

function checkVectors(file) {
  const block = /<!-- vectors -->\n```json\n([\s\S]*?)```/.exec(readFileSync(file, 'utf8'));
  const v = JSON.parse(block[1]);
  let compared = 0;
  const same = (name, got, want) => {
    if (got !== want) throw new Error(`${name}: computed ${got}, the document says ${want}`);
    compared++;
  };
  const key = keyOfSeed(Buffer.from(v.seed, 'hex'));
  const server = keyOfSeed(Buffer.alloc(32, 9));
  same('public_key', rawKey(key).toString('base64'), v.public_key);
  same('server_key', rawKey(server).toString('base64'), v.server_key);
  same('device', deviceID(rawKey(key)), v.device);
  same('genesis', genesis(v.stream).toString('hex'), v.genesis);
  const log = [];
  for (const want of v.lines) {
    const line = Buffer.from(want.line);
    const h = next(log.at(-1)?.h ?? genesis(v.stream), line);
    log.push({ line, h });
    same('sha256', lineHash(line).toString('hex'), want.sha256);
    same('h', h.toString('hex'), want.h);
    same('id', obsID(v.stream, log.length, h), want.id);
  }
  same('tombstone', `#sha256:${sha256('x'.repeat(70000)).toString('hex')}`, v.lines[2].line);
  const signed = frameBytes(v.stream, log.length, log.at(-1).h);
  same('signed_bytes_hex', signed.toString('hex'), v.signed_bytes_hex);
  same('signature', sign(null, signed, key).toString('base64'), v.signature);
  const now = { now: { boot: 'q5w7e9r1', mono: 20000 } };
  same('body', body(key, v.stream, log, 1, 3, now).toString(), v.body);
  same('trimmed_body', body(key, v.stream, log, 2, 3, now).toString(), v.trimmed_body);
  same('boot_bytes_hex', bootBytes(v.stream, v.boots[0]).toString('hex'), v.boot_bytes_hex);
  same('boot2_bytes_hex', bootBytes(v.stream, v.boots[2]).toString('hex'), v.boot2_bytes_hex);
  for (const time of v.times) {
    const { ms, grade } = corrected(time, time.boot);
    same(`ms, ${time.case}`, ms, time.ms);
    same(`grade, ${time.case}`, grade, time.grade);
  }
  for (const boot of v.boots) same('boot', sign(null, bootBytes(v.stream, boot), server).toString('base64'), boot.sig);
  same('assertion', assertion(key, v.device, v.nonce), v.assertion);
  for (const a of v.answers) {
    const signed = answerBytes(a.header, a.head, a.body);
    same('answer signed_bytes_hex', signed.toString('hex'), a.signed_bytes_hex);
    same('answer signature', sign(null, signed, server).toString('base64'), a.signature);
  }
  same('gzip', gunzipSync(gzipSync(v.body)).toString(), v.body);
  return { compared };
}

const { values } = parseArgs({
  options: {
    server: { type: 'string' }, code: { type: 'string' }, kind: { type: 'string', default: 'plate' },
    count: { type: 'string', default: '5' }, vectors: { type: 'string' },
  },
});
if (!values.vectors && !(values.server && values.code)) {
  console.error('usage: node client.mjs --server URL --code CODE [--kind plate|incident] [--count N] | --vectors PROTOCOL.md');
  process.exit(2);
}
try {
  const out = values.vectors ? checkVectors(values.vectors) : await run({ ...values, count: Number(values.count) });
  console.log(JSON.stringify(out));
} catch (error) {
  console.error(String(error.message));
  process.exit(1);
}
