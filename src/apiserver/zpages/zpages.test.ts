import assert from 'node:assert/strict';
import { test } from 'node:test';
import { versionInfo } from '../version.ts';
import { flagzPage } from './flagz.ts';
import { type Page, answerPage } from './page.ts';
import { statuszPage } from './statusz.ts';

const startedAtMs = Date.UTC(2024, 8, 6, 6, 19, 51);
const statusz = statuszPage({
  component: 'apiserver',
  startedAtMs,
  nowMs: startedAtMs + 3_725_900,
  paths: ['/apis', '/apis/apps', '/healthz', '/livez', '/openapi/v3', '/readyz', '/version', '/healthz/ping'],
});
const flagz = flagzPage('apiserver', { profiling: 'false', 'authorization-mode': '[Node,RBAC]' });
const named = 'as=Statusz;v=v1beta1;g=config.k8s.io';

test('people get text, also when they take whatever there is', () => {
  for (const accept of [undefined, '', 'text/plain', '*/*', 'application/json, text/*;q=0.5']) {
    const { contentType, body } = answerPage(statusz, accept);
    assert.equal(contentType, 'text/plain; charset=utf-8');
    assert.match(body, /^\napiserver statusz\nWarning: /);
    assert.match(body, /\nStarted: Fri Sep {2}6 06:19:51 UTC 2024\nUp: 1 hr 02 min 05 sec\n/);
    assert.match(body, /\nPaths: \/healthz \/livez \/readyz \/version\n$/);
  }
});

test('programs get the object, once they say which', () => {
  const { contentType, body } = answerPage(statusz, `application/json;${named}`);
  assert.equal(contentType, 'application/json;g=config.k8s.io;v=v1beta1;as=Statusz');
  const { paths: _, ...object } = JSON.parse(body);
  assert.deepEqual(object, {
    kind: 'Statusz',
    apiVersion: 'config.k8s.io/v1beta1',
    metadata: { name: 'apiserver' },
    startTime: '2024-09-06T06:19:51Z',
    uptimeSeconds: 3725,
    goVersion: 'none',
    binaryVersion: versionInfo.gitVersion,
    emulationVersion: '1.36',
  });
  assert.match(
    answerPage(statusz, `application/yaml; ${named}`).body,
    /^apiVersion: config\.k8s\.io\/v1beta1\n/,
  );
  for (const accept of ['application/json', `application/json;${named}2`, `text/html;${named}`]) {
    assert.throws(() => answerPage(statusz, accept), { code: 406 }, accept);
  }
});

test('flags are told in the order of their names', () => {
  assert.match(
    answerPage(flagz).body,
    /^\napiserver flagz\nWarning: .*\nauthorization-mode=\[Node,RBAC\]\nprofiling=false\n$/,
  );
  const accept = 'application/json;as=Flagz;g=config.k8s.io;v=v1beta1';
  assert.deepEqual(JSON.parse(answerPage(flagz, accept).body), {
    kind: 'Flagz',
    apiVersion: 'config.k8s.io/v1beta1',
    metadata: { name: 'apiserver' },
    flags: { 'authorization-mode': '[Node,RBAC]', profiling: 'false' },
  });
});

test('the old version is warned of', () => {
  const warningOf = (page: Page, version: string) =>
    answerPage(page, `application/json;as=${page.kind};g=config.k8s.io;v=${version}`).headers?.warning;
  assert.equal(
    warningOf(statusz, 'v1alpha1'),
    '299 - "This version of the statusz endpoint is deprecated. Please use a newer version."',
  );
  assert.equal(warningOf(flagz, 'v1beta1'), undefined);
});
