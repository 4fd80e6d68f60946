import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { ObjectSchema, Schema } from '#machinery/schema.ts';
import * as refs from './generated/refs.ts';
import { loadSchemas } from './schemas.ts';

const schemas = loadSchemas();
const podSpec = schemas.schemaOf('io.k8s.api.core.v1.PodSpec')!;

describe('the facts', () => {
  it('can be read whole: every type that they name is there', () => {
    let fields = 0;
    for (const name of schemas.names()) {
      for (const field of schemas.schemaOf(name)!.fields.values()) {
        visit(field.schema);
        fields++;
      }
    }
    assert.ok(fields > 4_000, `only ${fields} fields`);
  });

  it('give each message field a number of its own', () => {
    for (const name of schemas.names()) {
      const { fields, inlines = [] } = schemas.schemaOf(name)!;
      const own = [...fields.values()].map(field => field.tag).filter(tag => tag !== undefined);
      const tags = [...own, ...inlines.map(inline => inline.tag)];
      assert.equal(new Set(tags).size, tags.length, name);
    }
  });

  it('hold what merging needs', () => {
    const ports = schemas.schemaOf('io.k8s.api.core.v1.Container')!.fields.get('ports')!;
    assert.deepEqual(ports.patchStrategy, ['merge']);
    assert.equal(ports.patchMergeKey, 'containerPort');
    assert.ok(ports.schema.type === 'list');
    assert.equal(ports.schema.listType, 'map');
    assert.deepEqual(ports.schema.listMapKeys, ['containerPort', 'protocol']);
    assert.deepEqual(podSpec.fields.get('volumes')!.patchStrategy, ['merge', 'retainKeys']);
    const selector = podSpec.fields.get('nodeSelector')!.schema;
    assert.ok(selector.type === 'map');
    assert.equal(selector.mapType, 'atomic');
  });

  it('tell pointers, required fields, defaults and enums', () => {
    const spec = schemas.schemaOf('io.k8s.api.apps.v1.DeploymentSpec')!;
    assert.deepEqual(
      [spec.fields.get('replicas')!.pointer, spec.fields.get('paused')!.pointer],
      [true, undefined],
    );
    assert.equal(spec.fields.get('selector')!.required, true);
    const protocol = schemas.schemaOf('io.k8s.api.core.v1.ContainerPort')!.fields.get('protocol')!;
    assert.equal(protocol.default, 'TCP');
    assert.ok(protocol.schema.type === 'string');
    assert.deepEqual(protocol.schema.enum, ['SCTP', 'TCP', 'UDP']);
  });

  it('show inlined structs as JSON does', () => {
    const volume = schemas.schemaOf('io.k8s.api.core.v1.Volume')!;
    assert.ok(volume.fields.has('configMap'));
    assert.equal(volume.fields.get('configMap')!.tag, undefined);
    assert.deepEqual(
      volume.inlines!.map(inline => [inline.tag, inline.schema.name]),
      [[2, 'io.k8s.api.core.v1.VolumeSource']],
    );
  });
});

describe('kinds', () => {
  it('of every ref are known, with their lists', () => {
    for (const ref of Object.values(refs)) {
      const schema = schemas.schemaOfKind(ref.group, ref.version, ref.kind);
      assert.ok(schema, `${ref.group}/${ref.version} ${ref.kind}`);
      assert.deepEqual(schemas.kindOf(schema.name), {
        group: ref.group,
        version: ref.version,
        kind: ref.kind,
      });
      if (!ref.kind.endsWith('Review')) {
        assert.ok(schemas.schemaOfKind(ref.group, ref.version, `${ref.kind}List`), `${ref.kind}List`);
      }
    }
  });

  it('of meta/v1 stand where upstream registers them', () => {
    assert.equal(
      schemas.schemaOfKind('apps', 'v1', 'DeleteOptions')!.name,
      'io.k8s.apimachinery.pkg.apis.meta.v1.DeleteOptions',
    );
    assert.ok(schemas.schemaOfKind('', 'v1', 'Status'));
    assert.equal(schemas.schemaOfKind('apps', 'v1', 'Status'), undefined);
    assert.ok(schemas.schemaOfKind('meta.k8s.io', 'v1', 'PartialObjectMetadata'));
    assert.equal(schemas.schemaOfKind('apps', 'v1', 'Nothing'), undefined);
  });
});

function visit(schema: Schema): void {
  if (schema.type === 'list') visit(schema.items);
  else if (schema.type === 'map') visit(schema.values);
  else if (schema.type === 'object') assert.ok((schema as ObjectSchema).name);
}
