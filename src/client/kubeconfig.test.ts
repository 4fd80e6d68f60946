import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  accessOf,
  emptyKubeConfig,
  formatKubeConfig,
  joinKubeConfigs,
  kubeConfigFor,
  mergeKubeConfig,
  parseKubeConfig,
  removeContext,
} from './kubeconfig.ts';

const noFiles = (path: string): string => assert.fail(`read of ${path}`);

const mine = `apiVersion: v1
kind: Config
clusters:
- name: work
  cluster: {server: https://10.0.0.1:6443, certificate-authority: ca.pem}
contexts:
- name: work
  context: {cluster: work, user: me, namespace: team}
users:
- name: me
  user: {token: secret, extra: kept}
current-context: work
`;

test('a context goes in, becomes current, and comes out without a trace', () => {
  const before = parseKubeConfig(mine);
  const added = kubeConfigFor('coxswain', {
    server: 'https://127.0.0.1:1',
    certificateAuthority: 'PEM CA',
    clientCertificate: 'PEM CERT',
    clientKey: 'PEM KEY',
  });
  const merged = mergeKubeConfig(before, added);
  assert.equal(merged['current-context'], 'coxswain');
  assert.deepEqual(
    merged.contexts.map(entry => entry.name),
    ['work', 'coxswain'],
  );
  const access = accessOf(parseKubeConfig(formatKubeConfig(merged)), noFiles);
  assert.deepEqual(
    [
      access.server,
      access.certificateAuthority,
      access.clientCertificate,
      access.clientKey,
      access.namespace,
    ],
    ['https://127.0.0.1:1', 'PEM CA', 'PEM CERT', 'PEM KEY', 'default'],
  );
  assert.deepEqual(removeContext(merged, 'coxswain'), { ...before, 'current-context': '' });
  assert.deepEqual(mergeKubeConfig(merged, added), merged, 'merging twice changes nothing');
});

test('a cluster or user that another context names stays', () => {
  const config = parseKubeConfig(mine);
  config.contexts.push({ name: 'other', context: { cluster: 'work', user: 'me' } });
  const after = removeContext(config, 'work');
  assert.deepEqual([after.clusters.length, after.users.length, after.contexts.length], [1, 1, 1]);
});

test('files are read where nothing is inline, and unknown fields are kept', () => {
  const config = parseKubeConfig(mine);
  const access = accessOf(config, path => `content of ${path}`, 'work');
  assert.equal(access.certificateAuthority, 'content of ca.pem');
  assert.equal(access.token, 'secret');
  assert.equal(access.namespace, 'team');
  assert.match(formatKubeConfig(config), /extra: kept/);
});

test('of several files the first to name something counts', () => {
  const other = parseKubeConfig(
    mine.replaceAll('secret', 'other').replace('current-context: work', 'current-context: x'),
  );
  const joined = joinKubeConfigs([emptyKubeConfig(), parseKubeConfig(mine), other]);
  assert.equal(joined.users.length, 1);
  assert.equal(joined.users[0]!.user.token, 'secret');
  assert.equal(joined['current-context'], 'work');
});

test('what is no kubeconfig is refused with a reason', () => {
  assert.throws(() => parseKubeConfig('kind: Pod'), /has kind "Pod"/);
  assert.throws(() => parseKubeConfig('- a'), /not an object/);
  assert.throws(() => parseKubeConfig('a: [}'), /not YAML/);
  assert.throws(() => parseKubeConfig('clusters: [{}]'), /clusters\[0\] has no name/);
  assert.throws(() => accessOf(emptyKubeConfig(), noFiles, 'x'), /context "x" does not exist/);
  assert.deepEqual(parseKubeConfig(''), emptyKubeConfig());
});
