import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { loadSchemas } from '#api/schemas.ts';
import { DecodeError } from './decode-error.ts';
import { type DecodeOptions, decodeJson, decodeValue } from './json-decode.ts';
import type { ObjectSchema } from './schema.ts';

const schemas = loadSchemas();

function decode(kind: string, value: unknown, options?: DecodeOptions) {
  const schema = schemas.schemaOfKind(['Deployment'].includes(kind) ? 'apps' : '', 'v1', kind)!;
  return decodeJson(typeof value === 'string' ? value : JSON.stringify(value), schema, options);
}

function messageOf(kind: string, value: unknown): string {
  try {
    decode(kind, value);
  } catch (error) {
    assert.ok(error instanceof DecodeError, String(error));
    return error.message;
  }
  return 'no error';
}

describe('wrong types are refused in the words of encoding/json', () => {
  const container = (extra: object) => ({ spec: { template: { spec: { containers: [extra] } } } });
  const cases: [value: unknown, message: string][] = [
    [
      { spec: { replicas: 'three' } },
      'json: cannot unmarshal string into Go struct field DeploymentSpec.spec.replicas of type int32',
    ],
    [
      { spec: { replicas: 1.5 } },
      'json: cannot unmarshal number 1.5 into Go struct field DeploymentSpec.spec.replicas of type int32',
    ],
    [
      { spec: { replicas: 3_000_000_000 } },
      'json: cannot unmarshal number 3000000000 into Go struct field DeploymentSpec.spec.replicas of type int32',
    ],
    [
      container({ name: 7 }),
      'json: cannot unmarshal number into Go struct field Container.spec.template.spec.containers.name of type string',
    ],
    [
      container({ imagePullPolicy: true }),
      'json: cannot unmarshal bool into Go struct field Container.spec.template.spec.containers.imagePullPolicy of type v1.PullPolicy',
    ],
    [
      { metadata: { labels: { a: 1 } } },
      'json: cannot unmarshal number into Go struct field ObjectMeta.metadata.labels of type string',
    ],
    [
      { spec: { template: { spec: { containers: {} } } } },
      'json: cannot unmarshal object into Go struct field PodSpec.spec.template.spec.containers of type []v1.Container',
    ],
    [
      { spec: [] },
      'json: cannot unmarshal array into Go struct field Deployment.spec of type v1.DeploymentSpec',
    ],
    [[], 'json: cannot unmarshal array into Go value of type v1.Deployment'],
    [
      container({ resources: { limits: { cpu: 'x' } } }),
      /quantities must match the regular expression/.source,
    ],
    [
      container({ resources: { limits: { cpu: {} } } }),
      /quantities must match the regular expression/.source,
    ],
    [
      { metadata: { creationTimestamp: 'yesterday' } },
      'parsing time "yesterday" as "2006-01-02T15:04:05Z07:00": cannot parse "yesterday" as "2006"',
    ],
    [
      { metadata: { labels: { a: 1 }, creationTimestamp: 'yesterday' }, spec: 5 },
      'parsing time "yesterday" as "2006-01-02T15:04:05Z07:00": cannot parse "yesterday" as "2006"',
    ],
    [
      { metadata: { labels: { a: 1 } }, spec: { replicas: 'three' } },
      'json: cannot unmarshal number into Go struct field ObjectMeta.metadata.labels of type string',
    ],
    [
      { metadata: { creationTimestamp: '2024-02-30T00:00:00Z' } },
      'parsing time "2024-02-30T00:00:00Z": day out of range',
    ],
  ];
  for (const [value, message] of cases) {
    it(message, () =>
      assert.ok(messageOf('Deployment', value).startsWith(message), messageOf('Deployment', value)),
    );
  }

  it('what is no JSON', () => {
    assert.equal(messageOf('Pod', '{"a": tru}'), "invalid character '}' in literal true (expecting 'e')");
    assert.equal(messageOf('Pod', '{"a": 1'), 'unexpected end of JSON input');
    assert.equal(messageOf('Pod', ''), 'unexpected end of JSON input');
    assert.equal(
      messageOf('Pod', '{a: 1}'),
      "invalid character 'a' looking for beginning of object key string",
    );
    assert.equal(messageOf('Pod', '{} x'), "invalid character 'x' after top-level value");
    assert.equal(messageOf('Pod', '[1 2]'), "invalid character '2' after array element");
    assert.equal(messageOf('Pod', '{"a"'), 'unexpected end of JSON input');
    assert.equal(messageOf('Pod', `${'['.repeat(20_000)}${']'.repeat(20_000)}`), 'exceeded max depth');
  });

  it('base64 and int-or-string', () => {
    assert.equal(messageOf('Secret', { data: { a: '!' } }), 'illegal base64 data at input byte 0');
    assert.equal(messageOf('Secret', { data: { a: 'YWJ' } }), 'illegal base64 data at input byte 0');
    assert.equal(
      messageOf('Secret', { data: { a: [97, 256] } }),
      'json: cannot unmarshal number 256 into Go struct field Secret.data of type uint8',
    );
    assert.equal(messageOf('Secret', { data: { a: [97, null] } }), 'no error');
    assert.equal(
      messageOf('Service', { spec: { ports: [{ targetPort: true }] } }),
      'json: cannot unmarshal bool into Go struct field ServicePort.spec.ports.targetPort of type int32',
    );
  });

  it('times, where they stand', () => {
    assert.equal(
      messageOf('Pod', { metadata: { creationTimestamp: 5 } }),
      'json: cannot unmarshal number into Go struct field ObjectMeta.metadata.creationTimestamp of type string',
    );
  });

  it('fields of embedded structs, by the structs too', () => {
    assert.equal(
      messageOf('Pod', { spec: { volumes: [{ hostPath: 5 }] } }),
      'json: cannot unmarshal number into Go struct field Volume.spec.volumes.VolumeSource.hostPath of type v1.HostPathVolumeSource',
    );
  });

  it('the whole numbers that 64 bits cannot hold', () => {
    assert.equal(
      messageOf('Pod', '{"metadata":{"generation":-9223372036854775809}}'),
      'json: cannot unmarshal number -9223372036854775809 into Go struct field ObjectMeta.metadata.generation of type int64',
    );
  });
});

describe('wrong types are refused in the words of the converter, where a strategic patch made the value', () => {
  const convertedOf = (kind: string, value: unknown) => {
    try {
      decodeValue(value, schemas.schemaOfKind(kind === 'Secret' ? '' : 'apps', 'v1', kind)!);
    } catch (error) {
      assert.ok(error instanceof DecodeError, String(error));
      return error.converted;
    }
    return 'no error';
  };
  const cases: [value: unknown, message: string][] = [
    [{ spec: { replicas: 'three' } }, 'unrecognized type: int32'],
    [{ spec: { replicas: 1.5 } }, 'cannot convert float64 to int32'],
    [{ spec: { paused: 'yes' } }, 'unrecognized type: bool'],
    [{ metadata: { labels: 'x' } }, 'cannot restore map from string'],
    [{ metadata: { labels: { a: 1 } } }, 'cannot convert int64 to string'],
    [{ metadata: { labels: { a: true } } }, 'unrecognized type: string'],
    [{ metadata: { finalizers: {} } }, 'cannot restore slice from map'],
    [{ spec: [] }, 'cannot restore struct from: slice'],
  ];
  for (const [value, message] of cases) {
    it(JSON.stringify(value), () => assert.equal(convertedOf('Deployment', value), message));
  }
  it('a type that reads itself', () =>
    assert.equal(
      convertedOf('Deployment', { spec: { strategy: { rollingUpdate: { maxSurge: true } } } }),
      'json: cannot unmarshal bool into Go value of type int32',
    ));
  it('a byte slice', () =>
    assert.equal(convertedOf('Secret', { data: { a: 1 } }), 'cannot restore slice from int64'));
});

describe('values come out as Go writes them', () => {
  it('zero structs stay, empty strings, lists and maps go', () => {
    const { object } = decode('Pod', {
      kind: 'Pod',
      apiVersion: 'v1',
      metadata: { name: 'a', labels: {}, finalizers: [], namespace: '', creationTimestamp: null },
      spec: { containers: [{ name: 'c', env: [], resources: { limits: { memory: '1024Mi', cpu: 0.5 } } }] },
    });
    assert.deepEqual(object, {
      kind: 'Pod',
      apiVersion: 'v1',
      metadata: { name: 'a' },
      spec: { containers: [{ name: 'c', resources: { limits: { memory: '1Gi', cpu: '500m' } } }] },
      status: {},
    });
  });

  it('amounts are whole thousandths in a ResourceList alone', () => {
    const containers = [{ name: 'c', resources: { limits: { cpu: '1n' } } }];
    const { object } = decode('Pod', { spec: { containers } });
    assert.deepEqual((object.spec as { containers: object[] }).containers, [
      { name: 'c', resources: { limits: { cpu: '1m' } } },
    ]);
    const claims = schemas.schemaOf('io.k8s.api.resource.v1.CapacityRequirements')!;
    assert.deepEqual(decodeValue({ requests: { a: '1n' } }, claims), { requests: { a: '1n' } });
    assert.equal(
      messageOf('Pod', { spec: { overhead: 'x' } }),
      'json: cannot unmarshal string into Go struct field PodSpec.spec.overhead of type v1.ResourceList',
    );
  });

  it('null in a map of strings is the empty string, absent required lists are null', () => {
    const { object } = decode('Pod', { metadata: { labels: { a: null } } });
    assert.deepEqual(object, { metadata: { labels: { a: '' } }, spec: { containers: null }, status: {} });
  });

  it('a member called __proto__ is a member', () => {
    const { object } = decode('ConfigMap', '{"data":{"__proto__":"x"}}');
    assert.equal(JSON.stringify(object), '{"metadata":{},"data":{"__proto__":"x"}}');
  });

  it('decoding what was decoded changes nothing', () => {
    const once = decode('Deployment', { spec: { template: { spec: { volumes: [{ name: 'v' }] } } } }).object;
    assert.deepEqual(decode('Deployment', once).object, once);
  });
});

describe('strict errors', () => {
  it('name unknown and repeated fields in the order of the text', () => {
    const text =
      '{"spec":{"replicas":1,"foo":2,"replicas":3,"template":{"spec":{"containers":[{"name":"a"},{"nme":"b"}]}}},' +
      '"metadata":{"labels":{"a":"1","a":"2"}}}';
    const { object, strictErrors } = decode('Deployment', text, { fieldValidation: 'Strict' });
    assert.deepEqual(strictErrors, [
      'unknown field "spec.foo"',
      'duplicate field "spec.replicas"',
      'unknown field "spec.template.spec.containers[1].nme"',
      'duplicate field "metadata.labels.a"',
    ]);
    assert.equal((object as { spec: { replicas: number } }).spec.replicas, 3);
  });

  it('find each member that is there twice, wherever it is', () => {
    const schema = schemas.schemaOfKind('apiextensions.k8s.io', 'v1', 'CustomResourceDefinition')!;
    const open = {
      type: 'object',
      properties: { a: { properties: { c: { format: 'x' } } }, b: { additionalProperties: false } },
    };
    const spec = { group: 'g', versions: [{ name: 'v1', schema: { openAPIV3Schema: open } }] };
    const text = JSON.stringify({ kind: 'CustomResourceDefinition', metadata: { labels: { l: 'x' } }, spec });
    const errorsOf = (sent: string) => decodeJson(sent, schema, { fieldValidation: 'Warn' }).strictErrors;
    assert.deepEqual(errorsOf(text), []);
    const places = [...text.matchAll(/\{("\w+"):/g)];
    assert.ok(places.length > 10);
    for (const { 0: start, 1: name, index } of places) {
      const twice = `${text.slice(0, index)}{${name}:null,${text.slice(index + 1)}`;
      const errors = errorsOf(twice);
      assert.equal(errors.length, 1, start);
      assert.match(errors[0]!, /^duplicate field /);
    }
  });

  it('are not looked for in what a type reads by itself, nor in what a type has not', () => {
    const schema = schemas.schemaOfKind('apiextensions.k8s.io', 'v1', 'CustomResourceDefinition')!;
    const open =
      '{"default":{"a":1,"a":2},"items":{"type":"a","type":"b","unk":1},"additionalProperties":{"unk":2},' +
      '"enum":[{"x":1,"x":2}],"properties":{"x":{"type":"a","type":"b","unk":{"y":1,"y":2}}}}';
    const text = `{"spec":{"versions":[{"schema":{"openAPIV3Schema":${open}}}]}}`;
    const at = 'spec.versions[0].schema.openAPIV3Schema.properties.x';
    assert.deepEqual(decodeJson(text, schema, { fieldValidation: 'Warn' }).strictErrors, [
      `duplicate field "${at}.type"`,
      `unknown field "${at}.unk"`,
    ]);
  });

  it('are no more than a hundred, and quoted as Go quotes', () => {
    const many = Array.from({ length: 150 }, (_, i) => `"x${i}":1`).join(',');
    const options = { fieldValidation: 'Warn' } as const;
    assert.equal(decode('Pod', `{${many}}`, options).strictErrors.length, 100);
    assert.deepEqual(decode('Pod', '{"\\u0007":1}', options).strictErrors, ['unknown field "\\a"']);
    assert.deepEqual(decode('Pod', '{"":{"x":1}}', options).strictErrors, ['unknown field ""']);
  });

  it('are not looked for with Ignore', () => {
    assert.deepEqual(decode('Pod', { foo: 1 }).strictErrors, []);
  });

  it('do not come from quotes, braces and colons in strings', () => {
    const annotations = { 'a"b': '{"x":1,"x":2}', '\\': '\\"', b: ':::{{{' };
    assert.deepEqual(
      decode('Pod', { metadata: { annotations } }, { fieldValidation: 'Warn' }).strictErrors,
      [],
    );
  });
});

describe('custom resources', () => {
  const crd: ObjectSchema = {
    type: 'object',
    name: 'com.example.v1.Widget',
    fields: new Map([
      ['apiVersion', { name: 'apiVersion', schema: { type: 'string' } }],
      ['kind', { name: 'kind', schema: { type: 'string' } }],
      [
        'metadata',
        { name: 'metadata', schema: schemas.schemaOf('io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta')! },
      ],
      [
        'spec',
        {
          name: 'spec',
          schema: {
            type: 'object',
            name: '',
            fields: new Map([['size', { name: 'size', schema: { type: 'integer' } }]]),
          },
        },
      ],
    ]),
  };

  it('lose unknown fields and keep the rest as it came', () => {
    const text = '{"spec":{"color":"red","size":"big"},"metadata":{"name":"w","labels":{}},"kind":"Widget"}';
    const { object, strictErrors } = decodeJson(text, crd, { fieldValidation: 'Strict' });
    assert.equal(JSON.stringify(object), '{"spec":{"size":"big"},"metadata":{"name":"w"},"kind":"Widget"}');
    assert.deepEqual(strictErrors, ['unknown field "spec.color"']);
  });
});

describe('any input', () => {
  const schema = schemas.schemaOfKind('', 'v1', 'Pod')!;
  it('gives an object or a DecodeError', () => {
    const names = fc.constantFrom('metadata', 'spec', 'status', 'containers', 'name', 'labels', 'env', 'x');
    const { value } = fc.letrec(tie => ({
      value: fc.oneof(
        { maxDepth: 6 },
        fc.constantFrom<unknown>(null, true, 0, -1.5, 1e300, '', 'a', '1Gi'),
        fc.array(tie('value'), { maxLength: 3 }),
        fc.dictionary(names, tie('value'), { maxKeys: 4 }),
      ),
    }));
    fc.assert(
      fc.property(value, input => {
        try {
          const once = decodeJson(JSON.stringify(input), schema, { fieldValidation: 'Strict' }).object;
          const text = JSON.stringify(once);
          assert.deepEqual(decodeJson(text, schema).object, once);
          const kept = JSON.stringify(input);
          assert.equal(JSON.stringify(decodeValue(input, schema)), text);
          assert.equal(JSON.stringify(input), kept);
        } catch (error) {
          assert.ok(error instanceof DecodeError, String(error));
        }
      }),
    );
  });

  it('that is a broken text gives a DecodeError', () => {
    const text = JSON.stringify({
      metadata: { name: 'a"\\', labels: { a: 'b' } },
      spec: { containers: [{}] },
    });
    fc.assert(
      fc.property(fc.nat(text.length), fc.string({ unit: 'binary', maxLength: 2 }), (at, insert) => {
        try {
          decodeJson(text.slice(0, at) + insert + text.slice(at + 1), schema, { fieldValidation: 'Strict' });
        } catch (error) {
          assert.ok(error instanceof DecodeError, String(error));
          assert.notEqual(error.message, 'invalid JSON');
        }
      }),
    );
  });
});
