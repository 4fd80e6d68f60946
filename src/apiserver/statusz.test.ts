import assert from 'node:assert/strict';
import { test } from 'node:test';
import { answerStatusz } from './statusz.ts';

const startedAtMs = Date.UTC(2024, 8, 6, 6, 19, 51);
const facts = {
  component: 'kube-apiserver',
  startedAtMs,
  nowMs: startedAtMs + 3_725_900,
  goVersion: 'none',
  binaryVersion: 'v1.36.0',
  emulationVersion: '1.36',
  minimumCompatibilityVersion: '1.35',
  paths: ['/apis', '/apis/apps', '/healthz', '/livez', '/openapi/v3', '/readyz', '/version', '/healthz/ping'],
};
const named = 'as=Statusz;v=v1beta1;g=config.k8s.io';

test('people get text, also when they take whatever there is', () => {
  for (const accept of [undefined, '', 'text/plain', '*/*', 'application/json, text/*;q=0.5']) {
    const { contentType, body } = answerStatusz(facts, accept);
    assert.equal(contentType, 'text/plain; charset=utf-8');
    assert.match(body, /^\nkube-apiserver statusz\nWarning: /);
    assert.match(body, /\nStarted: Fri Sep {2}6 06:19:51 UTC 2024\nUp: 1 hr 02 min 05 sec\n/);
    assert.match(body, /\nPaths: \/healthz \/livez \/readyz \/version\n$/);
  }
});

test('programs get the object, once they say which', () => {
  const { contentType, body } = answerStatusz(facts, `application/json;${named}`);
  assert.equal(contentType, 'application/json');
  const { paths: _, ...object } = JSON.parse(body);
  assert.deepEqual(object, {
    kind: 'Statusz',
    apiVersion: 'config.k8s.io/v1beta1',
    metadata: { name: 'kube-apiserver' },
    startTime: '2024-09-06T06:19:51Z',
    uptimeSeconds: 3725,
    goVersion: 'none',
    binaryVersion: 'v1.36.0',
    emulationVersion: '1.36',
    minimumCompatibilityVersion: '1.35',
  });
  assert.match(
    answerStatusz(facts, `application/yaml; ${named}`).body,
    /^apiVersion: config\.k8s\.io\/v1beta1\n/,
  );
  for (const accept of ['application/json', `application/json;${named}2`, `text/html;${named}`]) {
    assert.throws(() => answerStatusz(facts, accept), { code: 406 }, accept);
  }
});
