import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { readApiServer } from './api-server-config.ts';

/** A folder with these files. */
async function folderOf(t: TestContext, files: Readonly<Record<string, string>>): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'coxswain-config-'));
  t.after(() => rm(folder, { recursive: true }));
  for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text);
  return folder;
}

const admissionHead = 'apiVersion: apiserver.config.k8s.io/v1\nkind: AdmissionConfiguration\nplugins:\n';

test('an admission configuration is read with the files that it names', async t => {
  const folder = await folderOf(t, {
    'admission.yaml': `${admissionHead}
- name: EventRateLimit
  path: events.yaml
- name: PodSecurity
  configuration:
    apiVersion: pod-security.admission.config.k8s.io/v1
    kind: PodSecurityConfiguration
    defaults: { enforce: baseline, enforce-version: v1.30 }
    exemptions: { namespaces: [kube-system] }
- name: PodNodeSelector
  configuration: { podNodeSelectorPluginConfig: { clusterDefaultNodeSelector: zone=a } }
- name: AlwaysAdmit
`,
    'events.yaml':
      'apiVersion: eventratelimit.admission.k8s.io/v1alpha1\nkind: Configuration\nlimits: [{ type: Server, qps: 1, burst: 2 }]\n',
  });
  const { admission } = await readApiServer(
    { enableAdmissionPlugins: ['EventRateLimit'], admissionControlConfigFile: 'admission.yaml' },
    folder,
  );
  const { EventRateLimit, PodSecurity, PodNodeSelector } = admission!.configurations!;
  assert.deepEqual(EventRateLimit!.limits, [{ type: 'Server', qps: 1, burst: 2 }]);
  const latest = { level: 'privileged', minor: Number.POSITIVE_INFINITY };
  assert.deepEqual(PodSecurity, {
    defaults: { enforce: { level: 'baseline', minor: 30 }, audit: latest, warn: latest },
    exemptions: { namespaces: ['kube-system'] },
  });
  assert.deepEqual(PodNodeSelector, { clusterDefaultNodeSelector: 'zone=a' });
});

test('what is wrong with an admission configuration is told by its field', async t => {
  const configuration = (name: string, text: string) => `- name: ${name}\n  configuration: { ${text} }\n`;
  const security = 'apiVersion: pod-security.admission.config.k8s.io/v1, kind: PodSecurityConfiguration, ';
  const events = 'apiVersion: eventratelimit.admission.k8s.io/v1alpha1, kind: Configuration';
  const wrong = [
    ['- name: PodSecuritie', 'plugins[0].name: Unsupported value: "PodSecuritie"'],
    [
      configuration('PodSecurity', `${security} defaults: { enforce: strict }`),
      'plugins[0].configuration.defaults.enforce: Invalid value: "strict": must be one of privileged, baseline, restricted',
    ],
    [
      configuration('PodSecurity', `${security} exemptions: { namespaces: [a, a] }`),
      'plugins[0].configuration.exemptions.namespaces[1]: Duplicate value: "a"',
    ],
    [
      configuration('EventRateLimit', events),
      'plugins[0].configuration.limits: Invalid value: []: must not be empty',
    ],
    [
      configuration('EventRateLimit', `${events}, limits: [{ type: Server, qps: 0, burst: 1 }]`),
      'plugins[0].configuration.limits[0].qps: Invalid value: 0: must be positive',
    ],
    [
      configuration('PodNodeSelector', 'podNodeSelectorPluginConfig: { a: b }'),
      'plugins[0].configuration.podNodeSelectorPluginConfig[a]: Invalid value: "b": invalid selector: [b]',
    ],
    [configuration('LimitRanger', 'a: b'), 'plugins[0]: LimitRanger takes no configuration'],
  ] as const;
  for (const [text, problem] of wrong) {
    const folder = await folderOf(t, { 'admission.yaml': admissionHead + text });
    await assert.rejects(
      readApiServer({ admissionControlConfigFile: 'admission.yaml' }, folder),
      (error: Error) => {
        assert.ok(
          error.message.startsWith(`error: ${join(folder, 'admission.yaml')}: ${problem}`),
          error.message,
        );
        return true;
      },
    );
  }
});

test('plugins are told by names that there are, once, and with what they need', async () => {
  const told = (config: object) => assert.rejects(readApiServer(config, '/'), { name: 'CliError' });
  await told({ enableAdmissionPlugins: ['AlwaysPullImage'] });
  await told({ enableAdmissionPlugins: ['AlwaysPullImages'], disableAdmissionPlugins: ['AlwaysPullImages'] });
  await told({ enableAdmissionPlugins: ['EventRateLimit'] });
});
