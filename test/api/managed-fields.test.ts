/** Who manages what after creates, updates and patches, over the wire. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { loadSchemas } from '#api/schemas.ts';
import { ProtobufCodec } from '#machinery/protobuf.ts';
import {
  ApplyWire,
  mergeType,
  core,
  apps,
  type Loose,
  managersOf,
  configMap,
  deployment,
} from './apply-wire.ts';

let wire: ApplyWire;
before(async () => {
  wire = await ApplyWire.start({ controllers: [] });
});
after(() => wire[Symbol.asyncDispose]());

describe('writes that are no apply', () => {
  it('replace each other in turn when they race', async () => {
    const path = `${core}/configmaps/raced`;
    await wire.send('POST', `${core}/configmaps`, configMap('raced', { a: '0' }));
    const values = ['1', '2', '3', '4', '5'];
    const answers = await Promise.all(
      values.map(a => wire.send('PUT', path, configMap('raced', { a }), undefined, `writer-${a}`)),
    );
    const objects = answers.map(({ json }) => json as unknown as Loose);
    assert.deepEqual(
      objects.map(object => object.data),
      values.map(a => ({ a })),
    );
    assert.equal(new Set(objects.map(({ metadata }) => metadata.resourceVersion)).size, values.length);
    for (const { data, metadata } of objects) {
      const owner = metadata.managedFields!.find(({ fieldsV1 }) => JSON.stringify(fieldsV1).includes('f:a'));
      assert.equal(owner!.manager, `writer-${(data as { a: string }).a}`);
    }
  });

  it('make their program the manager of what they set', async () => {
    const made = await wire.send(
      'POST',
      `${core}/configmaps`,
      configMap('tracked', { a: '1' }),
      undefined,
      'maker',
    );
    const [entry] = (made.json as unknown as Loose).metadata.managedFields!;
    assert.match(entry!.time!, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
    assert.deepEqual(
      { ...entry, time: '' },
      {
        manager: 'maker',
        operation: 'Update',
        apiVersion: 'v1',
        time: '',
        fieldsType: 'FieldsV1',
        fieldsV1: { 'f:data': { '.': {}, 'f:a': {} } },
      },
    );
  });

  it('take the name that the query gives', async () => {
    await wire.send('POST', `${core}/configmaps?fieldManager=named`, configMap('named', { a: '1' }));
    assert.deepEqual(Object.keys(managersOf(await wire.get(`${core}/configmaps/named`))), ['named Update']);
  });

  it('move fields from manager to manager', async () => {
    await wire.send('POST', `${core}/configmaps`, configMap('moved', { a: '1', b: '1' }), undefined, 'one');
    const path = `${core}/configmaps/moved`;
    await wire.send('PATCH', path, { data: { a: '2' } }, mergeType, 'two');
    await wire.send(
      'PATCH',
      path,
      [{ op: 'add', path: '/data/c', value: '3' }],
      'application/json-patch+json',
      'three',
    );
    const now = await wire.get(path);
    assert.deepEqual(managersOf(now), {
      'one Update': { 'f:data': { '.': {}, 'f:b': {} } },
      'two Update': { 'f:data': { 'f:a': {} } },
      'three Update': { 'f:data': { 'f:c': {} } },
    });
    const { data: _, ...rest } = now;
    await wire.send('PUT', path, { ...rest, data: { b: '1' } }, undefined, 'four');
    assert.deepEqual(managersOf(await wire.get(path)), {
      'one Update': { 'f:data': { '.': {}, 'f:b': {} } },
    });
  });

  it('own zero values that are not left out, and no container of a struct', async () => {
    const made = await wire.send('POST', `${apps}?fieldManager=one`, deployment('shape', { replicas: 0 }));
    const [entry] = (made.json as unknown as Loose).metadata.managedFields!;
    assert.deepEqual(entry!.fieldsV1, {
      'f:spec': {
        'f:progressDeadlineSeconds': {},
        'f:replicas': {},
        'f:revisionHistoryLimit': {},
        'f:selector': {},
        'f:strategy': {
          'f:rollingUpdate': { '.': {}, 'f:maxSurge': {}, 'f:maxUnavailable': {} },
          'f:type': {},
        },
        'f:template': {
          'f:metadata': { 'f:labels': { '.': {}, 'f:app': {} } },
          'f:spec': {
            'f:containers': {
              'k:{"name":"c"}': {
                '.': {},
                'f:image': {},
                'f:imagePullPolicy': {},
                'f:name': {},
                'f:resources': {},
                'f:terminationMessagePath': {},
                'f:terminationMessagePolicy': {},
              },
            },
            'f:dnsPolicy': {},
            'f:restartPolicy': {},
            'f:schedulerName': {},
            'f:securityContext': {},
            'f:terminationGracePeriodSeconds': {},
          },
        },
      },
    });
  });

  it('keep status and spec apart', async () => {
    await wire.send('POST', `${apps}?fieldManager=one`, deployment('apart'));
    const before = await wire.get(`${apps}/apart`);
    const changed = { ...before, spec: { ...(before.spec as object), replicas: 7 }, status: { replicas: 5 } };
    const answer = await wire.send('PUT', `${apps}/apart/status?fieldManager=two`, changed);
    assert.equal(answer.status, 200);
    const managers = managersOf(answer.json);
    assert.deepEqual(managers['two Update status'], { 'f:status': { 'f:replicas': {} } });
    assert.deepEqual(managers['one Update'], managersOf(before)['one Update']);
    const again = await wire.get(`${apps}/apart`);
    const back = { ...again, spec: { ...(again.spec as object), paused: true }, status: {} };
    const spec = managersOf((await wire.send('PUT', `${apps}/apart?fieldManager=three`, back)).json);
    assert.deepEqual(spec['three Update'], { 'f:spec': { 'f:paused': {} } });
    assert.deepEqual(spec['two Update status'], { 'f:status': { 'f:replicas': {} } });
  });

  it('keep what a client cannot have meant, and drop the managers that it resets', async () => {
    await wire.send('POST', `${core}/configmaps?fieldManager=one`, configMap('reset', { a: '1' }));
    const path = `${core}/configmaps/reset`;
    const object = await wire.get(path);
    const bad = [{ manager: 'x', operation: 'Nothing' }];
    const kept = await wire.send('PUT', path, {
      ...object,
      metadata: { ...object.metadata, managedFields: bad },
    });
    assert.deepEqual(Object.keys(managersOf(kept.json)), ['one Update']);
    const cleared = { ...object, metadata: { name: 'reset', managedFields: [{}] } };
    assert.equal((await wire.send('PUT', path, cleared)).status, 200);
    assert.equal((await wire.get(path)).metadata.managedFields, undefined);
    await wire.send('PATCH', path, { data: { b: '2' } }, mergeType, 'two');
    assert.equal((await wire.get(path)).metadata.managedFields, undefined);
  });

  it('are reset by an empty list, too, in an update and in every patch', async () => {
    const path = `${core}/configmaps/emptied`;
    const put = { ...configMap('emptied', { a: '1' }), metadata: { name: 'emptied', managedFields: [] } };
    const jsonPatch = [{ op: 'replace', path: '/metadata/managedFields', value: [] }];
    for (const [method, body, type] of [
      ['PUT', put, 'application/json'],
      ['PATCH', { metadata: { managedFields: [] } }, mergeType],
      ['PATCH', jsonPatch, 'application/json-patch+json'],
    ] as const) {
      await wire.send('POST', `${core}/configmaps?fieldManager=one`, configMap('emptied', { a: '1' }));
      assert.equal((await wire.send(method, path, body, type)).status, 200);
      assert.equal((await wire.get(path)).metadata.managedFields, undefined, `${method} ${type}`);
      await wire.send('DELETE', path, undefined);
    }
  });

  it('take the managers that a client puts right', async () => {
    await wire.send('POST', `${core}/configmaps?fieldManager=one`, configMap('right', { a: '1' }));
    const path = `${core}/configmaps/right`;
    const object = await wire.get(path);
    const [entry] = object.metadata.managedFields!;
    const renamed = [{ ...entry, manager: 'heir' }];
    await wire.send('PUT', path, { ...object, metadata: { ...object.metadata, managedFields: renamed } });
    assert.deepEqual(managersOf(await wire.get(path)), { 'heir Update': entry!.fieldsV1 });
  });

  it('drop what follows a set that a client sends, and entries that hold none', async () => {
    const codec = new ProtobufCodec(loadSchemas());
    const schema = loadSchemas().schemaOfKind('', 'v1', 'ConfigMap')!;
    /** Creates a ConfigMap whose one entry has these bytes, which no object of JSON could say. */
    const createWith = async (name: string, bytes: string) => {
      const stand = { [`f:${'x'.repeat(bytes.length - '{"f:":{}}'.length)}`]: {} };
      const entry = { manager: 'one', operation: 'Update', apiVersion: 'v1', fieldsType: 'FieldsV1' };
      const metadata = { name, managedFields: [{ ...entry, fieldsV1: stand }] };
      const message = codec.encode({ apiVersion: 'v1', kind: 'ConfigMap', metadata }, schema);
      const body = Buffer.from(
        Buffer.from(message).toString('latin1').replace(JSON.stringify(stand), bytes),
        'latin1',
      );
      const type = 'application/vnd.kubernetes.protobuf';
      const answer = await wire.send('POST', `${core}/configmaps`, body, type);
      assert.equal(answer.status, 201);
      return managersOf(await wire.get(`${core}/configmaps/${name}`));
    };
    assert.deepEqual(
      await createWith('followed', '{"f:metadata":{"f:annotations":{"f:a":{}}}} {"trailing":"data"}'),
      { 'one Update': { 'f:metadata': { 'f:annotations': { 'f:a': {} } } } },
    );
    const quoted = JSON.stringify({ 'f:metadata': { 'f:finalizers': { 'v:"a" {"more":1}': {} } } });
    assert.deepEqual(await createWith('quoted', quoted), {
      'one Update': { 'f:metadata': { 'f:finalizers': { 'v:"a"': {} } } },
    });
    assert.deepEqual(await createWith('garbled', '{"f:metadata":{"f:annotations"'), {});
  });

  it('join the oldest of more than ten updaters', async () => {
    await wire.send('POST', `${core}/configmaps?fieldManager=m00`, configMap('many', { k00: '0' }));
    const path = `${core}/configmaps/many`;
    for (let i = 1; i < 14; i++) {
      const name = String(i).padStart(2, '0');
      await wire.send('PATCH', `${path}?fieldManager=m${name}`, { data: { [`k${name}`]: '1' } }, mergeType);
    }
    const managers = managersOf(await wire.get(path));
    assert.equal(Object.keys(managers).length, 10);
    const ancient = managers['ancient-changes Update'] as { 'f:data': object };
    assert.deepEqual(Object.keys(ancient['f:data']), ['.', 'f:k00', 'f:k01', 'f:k02', 'f:k03', 'f:k04']);
  });

  it('write nothing where only a time would change', async () => {
    await wire.send('POST', `${core}/configmaps?fieldManager=one`, configMap('still', { a: '1' }));
    const path = `${core}/configmaps/still`;
    const first = await wire.get(path);
    await wire.send('PUT', path, first);
    await wire.send('PATCH', `${path}?fieldManager=one`, { data: { a: '1' } }, mergeType);
    assert.deepEqual(await wire.get(path), first);
  });
});
