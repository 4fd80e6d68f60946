import assert from 'node:assert/strict';
import { builtInResources } from '#api/registry.ts';
import { randomInt } from '#base/random.ts';
import { DecodeError } from '#machinery/decode-error.ts';
import { decodeJson } from '#machinery/json-decode.ts';
import { apiVersionOf } from '#machinery/object.ts';
import {
  decodeWatchEvent,
  encodeWatchFrame,
  ProtobufCodec,
  WatchFrameSplitter,
} from '#machinery/protobuf.ts';
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
  return JSON.parse(JSON.stringify(value).replace(/\\ud[89a-f][0-9a-f]{2}/gi, '\\ufffd'));
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
