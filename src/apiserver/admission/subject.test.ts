import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { SchemaRegistry } from '#api/schemas.ts';
import type { Catalog, ServedResource } from '../resources/served.ts';
import type { AdmissionRequest } from './request.ts';
import { Subject } from './subject.ts';

test('all that match a request look for its other versions once', () => {
  const definition = { group: 'example.com', resource: 'things', kind: 'Thing' };
  const served = ['v1', 'v2'].map(version => ({
    bucket: 'example.com/things',
    definition,
    version: { version },
  }));
  let looked = 0;
  const catalog = {
    get definitions() {
      looked++;
      return [{ ...definition, versions: served.map(({ version }) => version) }];
    },
    find: (_group: string, version: string) => served.find(one => one.version.version === version),
  } as unknown as Catalog;
  const request = { served: served[0] as unknown as ServedResource, subresource: '' } as AdmissionRequest;
  const subject = new Subject(request, catalog, {} as SchemaRegistry);
  for (let i = 0; i < 500; i++) {
    assert.deepEqual(subject.equivalents, [
      { served: served[1], kind: { group: 'example.com', version: 'v2', kind: 'Thing' } },
    ]);
  }
  assert.equal(looked, 1);
});
