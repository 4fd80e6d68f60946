import assert from 'node:assert/strict';
import { row } from '../row.ts';
import type { Trial } from '../trial.ts';

/** Creates a Deployment from this text of its metadata and spec, with strict field validation. */
function create(t: Trial, name: string, more: { metadata?: string; spec?: string; replicas?: string }) {
  const body = `{"apiVersion": "apps/v1", "kind": "Deployment",
    "metadata": {"name": "${name}"${more.metadata ?? ''}},
    "spec": {"replicas": 0${more.replicas ?? ''}, "selector": {"matchLabels": {"app": "x"}},
      "template": {"metadata": {"labels": {"app": "x"}},
        "spec": {"containers": [{"name": "c", "image": "i"${more.spec ?? ''}}]}}}}`;
  return t.raw({
    method: 'POST',
    path: `${t.api.deployments.path}?fieldValidation=Strict`,
    headers: { 'content-type': 'application/json' },
    body,
  });
}

export const fieldValidationRows = [
  row('FieldValidation should detect unknown and duplicate fields of a typed object', async t => {
    const response = await create(t, 'bad', { spec: ', "unknown": 1', replicas: ', "replicas": 1' });
    assert.equal(response.status, 400, response.text);
    assert.match(response.text, /unknown field \\"spec\.template\.spec\.containers\[0\]\.unknown\\"/);
    assert.match(response.text, /duplicate field \\"spec\.replicas\\"/);
    assert.equal((await create(t, 'good', {})).status, 201);
  }),

  row('FieldValidation should detect unknown metadata fields of a typed object', async t => {
    const response = await create(t, 'bad', { metadata: ', "unknownMeta": "x"' });
    assert.equal(response.status, 400, response.text);
    assert.match(response.text, /unknown field \\"metadata\.unknownMeta\\"/);
    assert.equal((await create(t, 'good', { metadata: ', "labels": {"a": "b"}' })).status, 201);
  }),
];
