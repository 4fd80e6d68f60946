import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { FieldPath } from '#machinery/field.ts';
import { auditShape, readAudit } from './audit-config.ts';
import { readClusterConfig } from './cluster-config.ts';
import { nearestTo } from './shape.ts';

const head = 'apiVersion: coxswain.dev/v1alpha1\nkind: Cluster\n';

async function configFile(t: TestContext, text: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'coxswain-config-'));
  t.after(() => rm(folder, { recursive: true }));
  const file = join(folder, 'cluster.yaml');
  await writeFile(file, text);
  return file;
}

test('a whole file is read; paths start in its folder, but names of packages stay as they are', async t => {
  const file = await configFile(
    t,
    `${head}name: staging
dataDir: /srv/staging
port: 7443
hollowNodes: 3
manifests: [crd.yaml]
scheduler: profiles.yaml
storage: { enabled: false }
extensions:
  - module: ./website.ts
    settings: { image: web:1 }
  - module: '@example/rules'
    enabled: false
kubelet:
  evictionHard: { nodefs.available: 1Gi }
  imageMinimumGCAge: 10s
`,
  );
  const { folder, manifests, scheduler, ...rest } = await readClusterConfig(file);
  assert.deepEqual([...manifests, scheduler], [join(folder, 'crd.yaml'), join(folder, 'profiles.yaml')]);
  assert.deepEqual(rest, {
    apiVersion: 'coxswain.dev/v1alpha1',
    kind: 'Cluster',
    name: 'staging',
    dataDir: '/srv/staging',
    port: 7443,
    hollowNodes: 3,
    storage: { enabled: false },
    extensions: [
      { module: './website.ts', settings: { image: 'web:1' } },
      { module: '@example/rules', enabled: false },
    ],
    kubelet: { evictionHard: { 'nodefs.available': '1Gi' }, imageMinimumGCAge: '10s' },
  });
});

test('fields left empty are fields left out', async t => {
  const { name, extensions } = await readClusterConfig(await configFile(t, `${head}name:\nextensions:\n`));
  assert.deepEqual({ name, extensions }, { name: undefined, extensions: [] });
});

test('what is wrong is told by its field, all of it in one line', async t => {
  const wrong = [
    ['port: 1', '[apiVersion: Required value, kind: Required value]'],
    [
      'apiVersion: coxswain.dev/v1\nkind: Cluster',
      'apiVersion: Unsupported value: "coxswain.dev/v1": supported values: "coxswain.dev/v1alpha1"',
    ],
    [`${head}port: 70000`, 'port: Invalid value: 70000: must be between 0 and 65535, inclusive'],
    [`${head}hollowNodes: 1.5`, 'hollowNodes: Invalid value: 1.5: must be a whole number'],
    [`${head}hollowNode: 1`, 'unknown field "hollowNode": did you mean "hollowNodes"?'],
    [
      `${head}extensions:\n  - modul: a\n    settings: 3\n    enabled: yes please`,
      '[unknown field "extensions[0].modul": did you mean "module"?, extensions[0].module: Required value, ' +
        'extensions[0].enabled: Invalid value: "yes please": must be true or false, ' +
        'extensions[0].settings: Invalid value: 3: must be a mapping]',
    ],
    [
      `${head}extensions: [a]`,
      'extensions[0]: Invalid value: "a": must be a mapping of module, enabled, settings',
    ],
    [`${head}manifests: crd.yaml`, 'manifests: Invalid value: "crd.yaml": must be a list'],
    [
      `${head}kubelet: { evictionHard: { memory.available: 100 }, evictonSoft: {} }`,
      '[unknown field "kubelet.evictonSoft": did you mean "evictionSoft"?, ' +
        'kubelet.evictionHard[memory.available]: Invalid value: 100: must be a string]',
    ],
    [
      `${head}kubelet: { evictionSoft: { memory.available: 1Gi } }`,
      'kubelet: Invalid value: {"evictionSoft":{"memory.available":"1Gi"}}: ' +
        'grace period must be specified for the soft eviction threshold memory.available',
    ],
    [
      `${head}kubelet: { evictionPressureTransitionPeriod: 5 minutes }`,
      'kubelet: Invalid value: {"evictionPressureTransitionPeriod":"5 minutes"}: ' +
        'time: unknown unit " minutes" in duration "5 minutes"',
    ],
    [`${head}name: ''`, 'name: Required value: must not be empty'],
  ] as const;
  for (const [text, message] of wrong) {
    const file = await configFile(t, text);
    await assert.rejects(readClusterConfig(file), { message: `error: ${file}: ${message}` });
  }
});

test('a field that is there twice is an error', async t => {
  const file = await configFile(t, `${head}port: 1\nport: 2\n`);
  await assert.rejects(readClusterConfig(file), {
    message: `error: cannot read the configuration ${file}: line 4: key "port" already set in map`,
  });
});

test('the nearest name is the one meant, and none where none is near', () => {
  const known = ['name', 'dataDir', 'port', 'hollowNodes'];
  assert.equal(nearestTo('prot', known), 'port');
  assert.equal(nearestTo('DATADIR', known), 'dataDir');
  assert.equal(nearestTo('hollownode', known), 'hollowNodes');
  assert.equal(nearestTo('replicas', known), undefined);
});

const policyHead = 'apiVersion: audit.k8s.io/v1\nkind: Policy\n';

test('an audit policy is read with what it goes to, the data folder where nothing is said', async t => {
  const file = await configFile(t, `${head}audit: { policyFile: policy.yaml, log: { maxSize: 7 } }\n`);
  const { audit, folder } = await readClusterConfig(file);
  await writeFile(
    join(folder, 'policy.yaml'),
    `${policyHead}rules: [{ level: Metadata, resources: [{ group: '' }] }]\n`,
  );
  const { policy, ...rest } = await readAudit(audit!, folder, '/data');
  assert.deepEqual(policy.rules, [{ level: 'Metadata', resources: [{ group: '' }] }]);
  assert.deepEqual(rest, { log: { path: '/data/audit.log', maxSize: 7 } });
  const posted = { policyFile: 'policy.yaml', webhook: { configFile: 'hook.yaml' } };
  const { log, webhook } = await readAudit(posted, folder, '/data');
  assert.deepEqual([log, webhook], [undefined, { configFile: join(folder, 'hook.yaml') }]);
});

test('how audit events get to a file or a webhook is upstream’s, and refused by its fields', async t => {
  const policyFile = await configFile(t, `${policyHead}rules: [{ level: None }]\n`);
  const log = { mode: 'batch', batch: { maxSize: 7, maxWait: '2s' }, truncate: { enabled: true } } as const;
  const { delivery } = (await readAudit({ policyFile, log }, '/', '/')).log!;
  assert.deepEqual(
    [delivery!.mode, delivery!.batch.maxSize, delivery!.batch.maxWaitMs, delivery!.batch.bufferSize],
    ['batch', 7, 2000, 10_000],
  );
  assert.deepEqual([delivery!.truncate.enabled, delivery!.truncate.maxEventSize], [true, 102_400]);
  const wrong: [object, string][] = [
    [
      { batch: { throttleEnable: true } },
      'audit.log.batch.throttleQPS: Invalid value: 0: must be a positive number',
    ],
    [
      { truncate: { maxBatchSize: 7 } },
      'audit.log.truncate.maxBatchSize: Invalid value: 7: must be greater than max event size (102400)',
    ],
  ];
  for (const [config, problem] of wrong) {
    await assert.rejects(readAudit({ policyFile, log: config }, '/', '/'), { message: `error: ${problem}` });
  }
  assert.deepEqual(
    auditShape({ policyFile, log: { mode: 'now', batch: { maxSize: 0 } } }, FieldPath.of('audit')),
    [
      'audit.log.mode: Unsupported value: "now": supported values: "batch", "blocking", "blocking-strict"',
      'audit.log.batch.maxSize: Invalid value: 0: must be positive',
    ],
  );
});

test('an audit policy that is wrong is refused by its fields', async t => {
  const wrong = [
    ['rules: []', 'rules: Required value: a policy needs a rule'],
    ['rules: [{ level: Loud }]', 'rules[0].level: Unsupported value: "Loud"'],
    ['rules: [{ level: None, user: [a] }]', 'unknown field "rules[0].user": did you mean "users"?'],
    ['kind: Other', 'kind: Unsupported value: "Other": supported values: "Policy"'],
  ] as const;
  for (const [text, problem] of wrong) {
    const head = text.startsWith('kind') ? 'apiVersion: audit.k8s.io/v1\n' : policyHead;
    const policyFile = await configFile(t, `${head}${text}\n`);
    await assert.rejects(readAudit({ policyFile }, '/', '/'), (error: Error) => {
      assert.ok(error.message.includes(problem), error.message);
      return true;
    });
  }
});
