import assert from 'node:assert/strict';
import { test } from 'node:test';
import { builtInResources } from '#api/registry.ts';
import { type Random, randomInt } from '#base/random.ts';
import { DecodeError } from '#machinery/decode-error.ts';
import { decodeJson } from '#machinery/json-decode.ts';
import { apiVersionOf } from '#machinery/object.ts';
import {
  decodeWatchEvent,
  encodeWatchFrame,
  ProtobufCodec,
  WatchFrameSplitter,
} from '#machinery/protobuf.ts';
import { parseInt64 } from '#machinery/int64.ts';
import { parseExactJson, parseNumberTexts } from '#machinery/json-parse.ts';
import { toYaml } from '#machinery/yaml-write.ts';
import { decodeYaml } from '#machinery/yaml.ts';
import { expecting, fuzz } from './fuzz.ts';
import {
  type Json,
  type Sample,
  loadSamples,
  mutateBytes,
  mutateJson,
  mutateText,
  pickSample,
  schemas,
  withInt64s,
} from './inputs.ts';

const codec = new ProtobufCodec(schemas);
const samples = loadSamples(
  builtInResources.flatMap(({ group, kind, versions }) =>
    versions.map(({ version }) => ({ apiVersion: apiVersionOf({ group, version }), kind })),
  ),
);
const values = new Map(samples.map(sample => [sample, JSON.parse(sample.json) as Json]));
const messages = new Map(
  samples.map(sample => [sample, codec.encode(decode(sample, sample.json), sample.schema)]),
);

function decode(sample: Sample, text: string): Record<string, unknown> {
  return decodeJson(text, sample.schema).object;
}

/** A UTF-8 text has no lone surrogates: Go's decoder puts U+FFFD in their place, and so does every UTF-8 encoder. */
function wellFormed(value: unknown): unknown {
  return parseExactJson(JSON.stringify(value).replace(/\\ud[89a-f][0-9a-f]{2}/gi, '\\ufffd'));
}

/**
 * Protobuf, upstream's too, does not tell an empty list or map from none, and does not say of an object inside another
 * (a StatefulSet's claim templates, an Eviction's options) what it is.
 */
function asProtobufHasIt(value: unknown, place = ''): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.length === 0 ? null : value.map(item => asProtobufHasIt(item, '[]'));
  const isObject = place === 'deleteOptions' || (place !== '' && 'metadata' in value && 'spec' in value);
  const parts = Object.entries(value).filter(([name]) => !isObject || !['apiVersion', 'kind'].includes(name));
  if (parts.length === 0) return null;
  return Object.fromEntries(parts.map(([name, part]) => [name, asProtobufHasIt(part, name)]));
}

/** Nothing is lost on the way through any of the encodings. */
function roundTrip(sample: Sample, object: Record<string, unknown>): void {
  const json = JSON.stringify(object);
  assert.equal(JSON.stringify(decode(sample, json)), json, 'JSON');
  const { apiVersion, kind } = sample;
  const typed = { ...object, apiVersion, kind };
  const bytes = codec.encode(typed, sample.schema);
  const now = decode(sample, JSON.stringify(typed));
  assert.deepEqual(
    asProtobufHasIt(wellFormed(codec.decode(bytes))),
    asProtobufHasIt(wellFormed(now)),
    'protobuf',
  );
  const yaml = toYaml(typed);
  assert.deepEqual(wellFormed(decodeYaml(yaml, sample.schema).object), wellFormed(now), 'YAML');
}

fuzz('objects go through JSON, protobuf and YAML with nothing lost, or are refused', random => {
  const sample = pickSample(random, samples);
  const text = JSON.stringify(mutateJson(random, values.get(sample)!));
  const object = expecting([DecodeError], () => decode(sample, text));
  if (!object) return;
  const strict = decodeJson(text, sample.schema, { fieldValidation: 'Strict' });
  assert.deepEqual(strict.object, object);
  roundTrip(sample, object);
});

test('every int64 goes through JSON, protobuf and YAML', () => {
  for (const sample of samples) {
    for (const int64 of [2n ** 53n + 1n, 2n ** 63n - 1n, -(2n ** 63n)]) {
      const value = withInt64s(values.get(sample)!, sample.schema, int64);
      roundTrip(sample, decode(sample, JSON.stringify(value)));
    }
  }
});

const numbers = [
  '9007199254740993',
  '9007199254740992',
  '9.007199254740992e15',
  '9007199254740992.0',
  '1',
  '1.0',
];
numbers.push('-9223372036854775808', '9223372036854775808', '1e3', '-7', '123456789012345678', '0.1');

/** A JSON text, some of whose members come twice. */
function repeatingText(random: Random, depth = 0): string {
  const parts = <T>(make: () => T) => Array.from({ length: randomInt(random, 5) }, make);
  const kind = depth > 4 ? 0 : randomInt(random, 4);
  if (kind === 1) return `[${parts(() => repeatingText(random, depth + 1)).join(', ')}]`;
  if (kind > 1) {
    const names = ['a', 'b', '0', '1', '__proto__', '\\u0061', '\\"'];
    const member = () => `"${names[randomInt(random, names.length)]}" : ${repeatingText(random, depth + 1)}`;
    return `{${parts(member).join(',')}}`;
  }
  const others = ['null', 'true', '"1"', '"9007199254740993"', '"\\\\"'];
  const leaves = random.next() < 0.7 ? numbers : others;
  return leaves[randomInt(random, leaves.length)]!;
}

type WithSource = (key: string, value: unknown, context: { source?: string }) => unknown;

fuzz('numbers are read by their texts wherever they stand, of repeated members the last', random => {
  const text = repeatingText(random);
  const written = (read: (source: string, number: number) => unknown) => {
    const reviver: WithSource = (_key, value, { source }) =>
      typeof value === 'number' ? read(source!, value) : value;
    return JSON.stringify(JSON.parse(text, reviver as never));
  };
  const exact = written((source, number) => (/^-?\d+$/.test(source) && parseInt64(source)) || number);
  assert.equal(JSON.stringify(parseExactJson(text)), exact, text);
  const texts = written(source => (JSON as unknown as { rawJSON(text: string): unknown }).rawJSON(source));
  assert.equal(JSON.stringify(parseNumberTexts(text)), texts, text);
});

fuzz('JSON texts are decoded or refused', random => {
  const sample = pickSample(random, samples);
  const text = mutateText(random, sample.json, '{}[]",:0123456789.-+eE\\u\n tfn');
  expecting([DecodeError], () => decodeJson(text, sample.schema, { fieldValidation: 'Strict' }));
});

fuzz('YAML texts are decoded or refused', random => {
  const sample = pickSample(
    random,
    samples.filter(s => s.json.length < 3000),
  );
  const text = mutateText(random, toYaml(values.get(sample)), '{}[]",:-&*!|>?%@`#\n  \t\'x1~');
  expecting([DecodeError], () => decodeYaml(text, sample.schema, { fieldValidation: 'Strict' }));
});

fuzz('protobuf messages are decoded or refused, and what is decoded is kept', random => {
  const sample = pickSample(random, samples);
  const bytes = mutateBytes(random, messages.get(sample)!);
  const object = expecting([DecodeError], () => codec.decode(bytes));
  if (!object || object.kind !== sample.kind || object.apiVersion !== sample.apiVersion) return;
  const again = codec.decode(codec.encode(object, sample.schema));
  assert.deepEqual(asProtobufHasIt(wellFormed(again)), asProtobufHasIt(wellFormed(object)));
});

fuzz('watch frames come as they were sent, however they are cut, or are refused', random => {
  const frames = Array.from({ length: 1 + randomInt(random, 3) }, () => {
    const sample = pickSample(random, samples);
    return encodeWatchFrame('ADDED', messages.get(sample)!);
  });
  const broken = random.next() < 0.5;
  const whole = Buffer.concat(frames);
  const stream = broken ? mutateBytes(random, whole) : whole;
  const splitter = new WatchFrameSplitter();
  const events = expecting([DecodeError], () => {
    const list: ReturnType<typeof decodeWatchEvent>[] = [];
    for (let at = 0; at < stream.length; ) {
      const end = at + 1 + randomInt(random, 2000);
      list.push(...splitter.push(stream.subarray(at, end)).map(decodeWatchEvent));
      at = end;
    }
    return list;
  });
  if (broken) {
    for (const event of events ?? []) expecting([DecodeError], () => codec.decode(event.object));
    return;
  }
  assert.equal(events?.length, frames.length);
  for (const event of events!) assert.ok(codec.decode(event.object));
});
