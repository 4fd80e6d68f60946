import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { decode, encode, type MessageName } from './codec.ts';
import { enums, messages } from './facts.ts';

test('bytes are as the protobuf specification says', () => {
  const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');
  assert.equal(hex(encode('Int64Value', { value: 150 })), '089601');
  assert.equal(hex(encode('Int64Value', { value: -1 })), '08ffffffffffffffffff01');
  assert.equal(hex(encode('VersionRequest', { version: 'testing' })), '0a0774657374696e67');
  assert.equal(
    hex(encode('LinuxSandboxSecurityContext', { supplementalGroups: [3, 270, 86942] })),
    '2a06038e029ea705',
  );
  assert.equal(hex(encode('ContainerFilter', { state: { state: 'CONTAINER_CREATED' } })), '1200');
  assert.equal(hex(encode('PodSandboxFilter', { labelSelector: { a: 'b' } })), '1a060a01611201' + '62');
});

test('an explicit zero user is sent, an absent one is not', () => {
  const context = { runAsUser: { value: 0 }, runAsGroup: undefined };
  const back = decode('LinuxContainerSecurityContext', encode('LinuxContainerSecurityContext', context));
  assert.deepEqual(back.runAsUser, { value: 0 });
  assert.equal(back.runAsGroup, undefined);
});

test('a message that was not sent is undefined; the rest has its defaults', () => {
  assert.deepEqual(decode('PodSandboxStatusResponse', new Uint8Array()), { status: undefined, info: {} });
  assert.deepEqual(decode('ExecSyncResponse', new Uint8Array()).exitCode, 0);
});

test('unknown fields are skipped, whatever their wire type', () => {
  const unknown = Buffer.from('f80101f90101020304050607 08fa01026869fd0101020304'.replace(' ', ''), 'hex');
  const bytes = Buffer.concat([unknown, encode('VersionRequest', { version: 'v1' })]);
  assert.deepEqual(decode('VersionRequest', bytes), { version: 'v1' });
});

const scalars: Record<string, () => fc.Arbitrary<unknown>> = {
  string: () => fc.string({ unit: 'grapheme' }),
  bytes: () => fc.uint8Array({ maxLength: 20 }),
  bool: () => fc.boolean(),
  int32: () => fc.integer(),
  uint32: () => fc.nat(),
  int64: () => fc.maxSafeInteger(),
  uint64: () => fc.maxSafeNat(),
  map: () => fc.dictionary(fc.stringMatching(/^[a-z./]{1,9}$/), fc.string(), { noNullPrototype: true }),
};

function anyOf(type: string): fc.Arbitrary<unknown> {
  const names = (enums as Record<string, readonly string[]>)[type];
  return scalars[type]?.() ?? (names ? fc.constantFrom(...names) : anyMessage(type as MessageName));
}

/** Any whole value of a message. */
function anyMessage(name: MessageName): fc.Arbitrary<Record<string, unknown>> {
  const fields = Object.entries(messages[name] as Record<string, readonly [number, string, string?]>);
  const record = fields.map(([field, [, type, repeated]]) => [
    field,
    repeated ? fc.array(anyOf(type), { maxLength: 3 }) : anyOf(type),
  ]);
  return fc.record(Object.fromEntries(record) as Record<string, fc.Arbitrary<unknown>>, {
    noNullPrototype: true,
  });
}

test('every message survives encoding', () => {
  for (const name of Object.keys(messages) as MessageName[]) {
    fc.assert(
      fc.property(anyMessage(name), value => {
        assert.deepEqual(decode(name, encode(name, value as never)), value);
      }),
      { numRuns: 10 },
    );
  }
});

test('garbage is decoded or refused, never more', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), bytes => {
      try {
        decode('PodSandboxStatusResponse', bytes);
      } catch (error) {
        assert.match((error as Error).message, /^protobuf: /);
      }
    }),
  );
});
