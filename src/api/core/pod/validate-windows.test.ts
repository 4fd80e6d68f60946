import assert from 'node:assert/strict';
import test from 'node:test';
import type { Pod, PodSpec, WindowsSecurityContextOptions } from '../../generated/types/core.v1.ts';
import { createErrors } from '../../testing.ts';
import { podResource } from './definition.ts';

const pod = (spec: Partial<PodSpec>): Pod => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'p', namespace: 'default' },
  spec: { containers: [{ name: 'c', image: 'i:1' }], ...spec },
});
const errorsOf = (spec: Partial<PodSpec>) => createErrors(podResource, pod(spec));
const withOptions = (windowsOptions: WindowsSecurityContextOptions) =>
  errorsOf({ securityContext: { windowsOptions } });

const at = 'spec.securityContext.windowsOptions';

test('names of Windows users', () => {
  for (const name of ['user', 'domain\\user', 'dom.ain.example.com\\user name', 'NT AUTHORITY\\SYSTEM']) {
    assert.deepEqual(withOptions({ runAsUserName: name }), [], name);
  }
  const bad: readonly (readonly [string, string])[] = [
    ['', 'runAsUserName cannot be an empty string'],
    ['a\tb', 'runAsUserName cannot contain control characters'],
    ['a\\b\\c', 'runAsUserName cannot contain more than one backslash'],
    ['d\\', "runAsUserName's User cannot be empty"],
    ['.d\\u', "runAsUserName's Domain doesn't match the NetBios nor the DNS format"],
    ['. .', "runAsUserName's User cannot contain only periods or spaces"],
    ['a@b', `runAsUserName's User cannot contain the following characters: "/\\:;|=,+*?<>@[]`],
    ['u'.repeat(105), "runAsUserName's User length must not be longer than 104 characters"],
    [`${'d.'.repeat(127)}dd\\u`, "runAsUserName's Domain length must be under 256 characters"],
  ];
  for (const [name, detail] of bad) {
    assert.deepEqual(withOptions({ runAsUserName: name }), [
      `${at}.runAsUserName: Invalid value: ${JSON.stringify(name)}: ${detail}`,
    ]);
  }
});

test('credentials of Windows groups', () => {
  assert.deepEqual(withOptions({ gmsaCredentialSpecName: 'web', gmsaCredentialSpec: '{}' }), []);
  assert.deepEqual(withOptions({ gmsaCredentialSpec: '' }), [
    `${at}.gmsaCredentialSpec: Invalid value: "": gmsaCredentialSpec cannot be an empty string`,
  ]);
  assert.match(withOptions({ gmsaCredentialSpecName: 'Web' })[0]!, /gmsaCredentialSpecName: Invalid value/);
  assert.match(
    withOptions({ gmsaCredentialSpec: 'a'.repeat(64 * 1024 + 1) })[0]!,
    /gmsaCredentialSpec size must be under 64 KiB$/,
  );
});

test('all containers are processes of the host, on its network, or none', () => {
  const container = (name: string, hostProcess?: boolean) => ({
    name,
    image: 'i:1',
    ...(hostProcess === undefined ? {} : { securityContext: { windowsOptions: { hostProcess } } }),
  });
  const securityContext = { windowsOptions: { hostProcess: true } };
  assert.deepEqual(errorsOf({ hostNetwork: true, securityContext }), []);
  assert.deepEqual(errorsOf({ hostNetwork: true, containers: [container('a', true), container('b')] }), [
    'spec: Invalid value: "": If pod contains any hostProcess containers then all containers must be HostProcess containers',
  ]);
  assert.deepEqual(errorsOf({ securityContext }), [
    'spec.hostNetwork: Invalid value: false: hostNetwork must be true if pod contains any hostProcess containers',
  ]);
  assert.deepEqual(
    errorsOf({
      hostNetwork: true,
      securityContext,
      initContainers: [container('i', false)],
      containers: [container('a')],
    }),
    [
      'spec.initContainers[0].securityContext.windowsOptions.hostProcess: Invalid value: false: pod hostProcess value must be identical if both are specified, was true',
      'spec: Invalid value: "": If pod contains any hostProcess containers then all containers must be HostProcess containers',
    ],
  );
});
