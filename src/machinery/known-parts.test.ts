import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { loadSchemas } from '#api/schemas.ts';
import { DecodeError } from './decode-error.ts';
import { decodeJson, decodeValue } from './json-decode.ts';
import { parseExactJson } from './json-parse.ts';
import { strictJsonErrors } from './json-scan.ts';

const schema = loadSchemas().schemaOfKind('', 'v1', 'Pod')!;
const spec = (image: string) => ({
  containers: [
    {
      name: 'main',
      image,
      env: [{ name: 'A', value: '"}{:' }],
      resources: { limits: { cpu: '1000m', memory: '1Gi' } },
      livenessProbe: { httpGet: { path: '/healthz', port: 8080 }, periodSeconds: 5 },
    },
  ],
  nodeSelector: { disk: 'ssd' },
});
const pod = (name: string, image = 'app:1', more: object = {}) =>
  JSON.stringify({ kind: 'Pod', metadata: { name, labels: { a: 'b' } }, spec: spec(image), ...more });

/** What decoding comes to, and what it comes to where no text is known. */
function both(text: string): [now: unknown, plain: unknown] {
  const of = (decode: () => unknown) => {
    try {
      return JSON.stringify(decode());
    } catch (error) {
      assert.ok(error instanceof DecodeError, String(error));
      return error.message;
    }
  };
  return [
    of(() => {
      const { object, strictErrors } = decodeJson(text, schema, { fieldValidation: 'Warn' });
      return { object, strictErrors };
    }),
    of(() => ({
      object: decodeJson(text, schema).object,
      strictErrors: strictJsonErrors(text, schema),
    })),
  ];
}

function assertPlain(text: string): void {
  const [now, plain] = both(text);
  assert.equal(now, plain, text);
}

describe('a part that came before', () => {
  it("is what it would be alone, and its receiver's own", () => {
    for (let i = 0; i < 4; i++) {
      const { object } = decodeJson<{ spec: ReturnType<typeof spec> }>(pod(`p-${i}`), schema, {
        fieldValidation: 'Warn',
      });
      assert.deepEqual(object, decodeValue(parseExactJson(pod(`p-${i}`)), schema));
      object.spec.containers[0]!.image = 'changed';
      object.spec.nodeSelector.disk = 'changed';
    }
  });

  it('hides no member that is unknown or there twice', () => {
    for (let i = 0; i < 3; i++) assertPlain(pod('known', 'app:2'));
    const known = JSON.stringify(spec('app:2'));
    for (const text of [
      `{"spec":${known},"spec":{"containers":[]}}`,
      `{"spec":${known},"spec":null}`,
      `{"spec":${known},"\\u0073pec":{"nodeName":"n"}}`,
      `{"spec":null,"spec":${known}}`,
      `{"spec":${known},"spec":${known}}`,
      `{"spec":${known},"more":1}`,
      `{"spec":${known},"status":{"phase":"Running","phase":"Failed"}}`,
      `{"status":{"spec":${known}}}`,
      `{"spec":[${known}]}`,
      `[{"spec":${known}}]`,
      `{"spec":${known.replace('"name":"main"', '"name":"main","name":"twice"')}}`,
      `{"spec":${known}`,
      `{"spec":${known}}}`,
      `{"spec":${known}x}`,
      `{"spec" ${known}}`,
      `{spec:${known}}`,
      ` { "spec" : ${known} , "metadata" : { } } `,
    ]) {
      for (let i = 0; i < 3; i++) assertPlain(text);
    }
  });

  it('changes nothing in bodies that resemble each other', () => {
    const images = fc.constantFrom('app:1', 'app:2', 'app:3');
    const more = fc.constantFrom({}, { status: { phase: 'Running' } }, { status: spec('x') }, { spec: null });
    const body = fc.tuple(images, more).map(([image, rest]) => pod('p', image, rest));
    const edit = fc.tuple(
      fc.nat(600),
      fc.constantFrom('', '"', '{', '}', ':', ',', '[', '\\', 'null', '"a":1,'),
    );
    fc.assert(
      fc.property(fc.array(fc.tuple(body, fc.option(edit)), { minLength: 4, maxLength: 8 }), bodies => {
        for (const [text, change] of bodies) {
          if (!change) assertPlain(text);
          else assertPlain(text.slice(0, change[0]) + change[1] + text.slice(change[0]));
        }
      }),
      { numRuns: 300 },
    );
  });
});
