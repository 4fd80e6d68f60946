import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { loadSchemas } from '#api/schemas.ts';
import { DecodeError } from './decode-error.ts';
import { decodeJson } from './json-decode.ts';
import type { KubeObject } from './object.ts';
import {
  decodeEnvelope,
  decodeWatchEvent,
  encodeEnvelope,
  encodeWatchFrame,
  ProtobufCodec,
  WatchFrameSplitter,
} from './protobuf.ts';

const data = join(import.meta.dirname, '../../../shared/testdata/api-v1.36.0');
const schemas = loadSchemas();
const codec = new ProtobufCodec(schemas);

function schemaFor(apiVersion: string, kind: string) {
  const slash = apiVersion.indexOf('/');
  const schema = schemas.schemaOfKind(
    slash < 0 ? '' : apiVersion.slice(0, slash),
    apiVersion.slice(slash + 1),
    kind,
  );
  assert.ok(schema, `${apiVersion} ${kind}`);
  return schema;
}

describe('upstream objects with every field set', {
  skip: existsSync(data) ? false : `${data} is absent`,
}, () => {
  const names = existsSync(data)
    ? readdirSync(data)
        .filter(name => name.endsWith('.json') && !name.includes('.after_roundtrip.'))
        .map(name => name.slice(0, -5))
    : [];

  for (const name of names) {
    it(name, () => {
      const text = readFileSync(join(data, `${name}.json`), 'utf8');
      const bytes = new Uint8Array(readFileSync(join(data, `${name}.pb`)));
      const source = JSON.parse(text);
      // A WatchEvent says neither its kind nor its version.
      const { apiVersion = 'v1', kind = 'WatchEvent' } = source;
      const schema = schemaFor(apiVersion, kind);
      const { object, strictErrors } = decodeJson(text, schema, { fieldValidation: 'Strict' });
      assert.deepEqual(strictErrors, []);
      assert.equal(JSON.stringify(object), JSON.stringify(source));
      assert.equal(JSON.stringify(codec.decode(bytes, { apiVersion, kind })), JSON.stringify(source));
      assert.deepEqual(Buffer.from(codec.encode(object, schema)), Buffer.from(bytes));
    });
  }
});

const podSchema = schemaFor('v1', 'Pod');
const pod = { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'a' }, spec: { containers: [{ name: 'c' }] } };
const podBytes = codec.encode(decodeJson(JSON.stringify(pod), podSchema).object, podSchema);

describe('encoding protobuf', () => {
  it('makes of the pieces of a list what it makes of the whole', () => {
    const type = { kind: 'PodList', apiVersion: 'v1' };
    const schema = schemaFor('v1', 'PodList');
    const header = { ...type, metadata: { resourceVersion: '7' } };
    const pods = ['a', 'b', 'c'].map(name => ({ metadata: { name, labels: { x: name.repeat(300) } } }));
    const messages = pods.map(one => codec.encodeRaw(one, podSchema));
    const pieces = [
      codec.encodeRaw({ ...header, items: [] }, schema),
      codec.encodeItems(messages.slice(0, 2)),
      codec.encodeItems(messages.slice(2)),
    ];
    const whole = Buffer.from(codec.encode({ ...header, items: pods }, schema));
    assert.deepEqual(Buffer.concat(codec.encodePieces(type, pieces)), whole);
  });
});

describe('maps of wrapped lists', () => {
  it('have an empty list for null, as Go writes it', () => {
    const schema = schemaFor('certificates.k8s.io/v1', 'CertificateSigningRequest');
    const spec = { request: '', signerName: '', usages: null, extra: { a: null } };
    const bytes = codec.encodeRaw({ metadata: {}, spec }, schema);
    // extra (6): key "a", value of no items.
    assert.ok(Buffer.from(bytes).includes(Buffer.from([0x32, 5, 0x0a, 1, 0x61, 0x12, 0])));
  });
});

describe('decoding protobuf', () => {
  it('keeps every digit of a whole number', () => {
    const schema = schemaFor('v1', 'Pod');
    // Pod: metadata (1): generation (7).
    const cases: [number | bigint, number[]][] = [
      [2n ** 62n + 1n, [0x81, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x40]],
      [2n ** 63n - 1n, [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f]],
      [-(2n ** 63n), [0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x01]],
      [10 ** 18, [0x80, 0x80, 0x90, 0xbb, 0xba, 0xd6, 0xad, 0xf0, 0x0d]],
    ];
    for (const [generation, varint] of cases) {
      const bytes = Uint8Array.from([0x0a, ...delimited([0x38, ...varint])]);
      const pod = codec.decodeRaw(bytes, schema) as KubeObject;
      assert.deepEqual(pod.metadata, { generation });
      const again = codec.encodeRaw(decodeJson(JSON.stringify(pod), schema).object, schema);
      assert.ok(Buffer.from(again).includes(Uint8Array.from([0x38, ...varint])));
    }
  });

  it('takes the first second of year 1 for no time', () => {
    const meta = schemas.schemaOf('io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta')!;
    // creationTimestamp (8): seconds (1) = -62135596800.
    const seconds = [0x08, 0x80, 0x92, 0xb8, 0xc3, 0x98, 0xfe, 0xff, 0xff, 0xff, 0x01];
    const bytes = Uint8Array.from([0x42, ...delimited(seconds)]);
    assert.deepEqual(codec.decodeRaw(bytes, meta), {});
  });

  it('passes over fields that the schema does not have', () => {
    const { raw } = decodeEnvelope(podBytes);
    // Field 1000 as a varint, 1001 as bytes, 1002 as a group around a varint.
    const extra = Uint8Array.of(0xc0, 0x3e, 5, 0xca, 0x3e, 2, 1, 2, 0xd3, 0x3e, 0x08, 1, 0xd4, 0x3e);
    const longer = new Uint8Array([...extra, ...raw]);
    const bytes = encodeEnvelope({ apiVersion: 'v1', kind: 'Pod', raw: longer, contentType: '' });
    assert.deepEqual(codec.decode(bytes), codec.decode(podBytes));
  });

  it('reads JSON inside an envelope', () => {
    const raw = new TextEncoder().encode(JSON.stringify(pod));
    const bytes = encodeEnvelope({ apiVersion: 'v1', kind: 'Pod', raw, contentType: 'application/json' });
    assert.deepEqual(codec.decode(bytes), codec.decode(podBytes));
  });

  it('refuses an envelope cut anywhere in its message', () => {
    const end = podBytes.length - 4;
    // The magic and the TypeMeta {v1, Pod} alone are the zero Pod.
    const start = 4 + 2 + 9 + 1;
    for (let length = start; length < end; length++) {
      assert.throws(() => codec.decode(podBytes.subarray(0, length)), DecodeError, `cut at ${length}`);
    }
  });

  it('bounds the depth of recursive types and of objects in objects', () => {
    const crd = schemas.schemaOf('io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.JSONSchemaProps')!;
    let schema: Record<string, unknown> = { type: 'string' };
    for (let i = 0; i < 1000; i++) schema = { not: schema };
    const bytes = codec.encodeRaw(schema, crd);
    assert.throws(() => codec.decodeRaw(bytes, crd), DecodeError);

    let nested = podBytes;
    for (let i = 0; i < 100; i++) {
      nested = encodeEnvelope({
        apiVersion: 'v1',
        kind: 'List',
        raw: new Uint8Array([0x12, ...delimited([0x0a, ...delimited(nested)])]),
        contentType: '',
      });
    }
    assert.throws(() => codec.decode(nested), DecodeError);
  });

  it('gives an object or a DecodeError for any bytes', () => {
    const kinds = ['Pod', 'Service', 'Node', 'Event', 'List', 'PersistentVolume'].map(k =>
      schemaFor('v1', k),
    );
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), fc.constantFrom(...kinds), (bytes, schema) => {
        try {
          codec.decodeRaw(bytes, schema);
        } catch (error) {
          assert.ok(error instanceof DecodeError, String(error));
        }
      }),
    );
  });

  it('gives an object or a DecodeError for any change of a byte', () => {
    fc.assert(
      fc.property(fc.nat(podBytes.length - 1), fc.nat(255), (at, byte) => {
        const bytes = podBytes.slice();
        bytes[at] = byte;
        try {
          codec.decode(bytes);
        } catch (error) {
          assert.ok(error instanceof DecodeError, String(error));
        }
      }),
    );
  });

  it('gives back what it encoded', () => {
    const configMap = schemaFor('v1', 'ConfigMap');
    fc.assert(
      fc.property(
        fc.dictionary(fc.string({ unit: 'binary' }), fc.string({ unit: 'grapheme' })),
        fc.integer(),
        (data, generation) => {
          const object = decodeJson(
            JSON.stringify({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { generation }, data }),
            configMap,
          ).object;
          assert.deepEqual(codec.decode(codec.encode(object, configMap)), object);
        },
      ),
    );
  });
});

describe('watch frames', () => {
  it('arrive whole, however the stream is cut', () => {
    const frames = ['ADDED', 'MODIFIED', 'DELETED'].map(type => encodeWatchFrame(type, podBytes));
    const stream = new Uint8Array(frames.flatMap(frame => [...frame]));
    fc.assert(
      fc.property(fc.array(fc.nat(stream.length), { maxLength: 10 }), cuts => {
        const splitter = new WatchFrameSplitter();
        const ends = [...cuts.sort((a, b) => a - b), stream.length];
        const events = ends
          .flatMap((end, i) => splitter.push(stream.subarray(ends[i - 1] ?? 0, end)))
          .map(decodeWatchEvent);
        assert.deepEqual(
          events.map(event => event.type),
          ['ADDED', 'MODIFIED', 'DELETED'],
        );
        for (const event of events) assert.deepEqual(codec.decode(event.object), codec.decode(podBytes));
      }),
      { numRuns: 30 },
    );
  });

  it('have a bound', () => {
    assert.throws(() => new WatchFrameSplitter(100).push(Uint8Array.of(0, 0, 1, 0)), DecodeError);
  });
});

function delimited(bytes: Iterable<number>): number[] {
  const content = [...bytes];
  const length: number[] = [];
  let rest = content.length;
  for (; rest >= 0x80; rest >>= 7) length.push((rest & 0x7f) | 0x80);
  return [...length, rest, ...content];
}
