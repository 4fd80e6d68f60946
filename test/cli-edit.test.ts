import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { type CliPair, normal, type Outcome, startPair } from './cli-pair.ts';
import { hasUpstreamTools } from './kubectl.ts';

/** Sessions of an editor, debugging copies and drains: the same through kubectl and ours. */

const skip = !hasUpstreamTools() && 'no kubectl for this platform';
let pair: CliPair;

before(async () => {
  if (skip) return;
  pair = await startPair();
  for (const side of ['theirs', 'ours'] as const) {
    await writeFile(join(pair.folder, 'objects.yaml'), objects);
    const { code, stderr } = await pair[side](['create', '-f', 'objects.yaml']);
    assert.equal(code, 0, stderr);
  }
});

after(async () => {
  await pair?.[Symbol.asyncDispose]();
});

const objects = `apiVersion: v1
kind: ConfigMap
metadata: {name: conf}
data: {k: "v"}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: other}
data: {k: "v"}
---
apiVersion: v1
kind: Service
metadata: {name: svc}
spec: {clusterIP: None, selector: {a: b}, ports: [{port: 80, name: http}]}
---
apiVersion: v1
kind: Pod
metadata:
  name: target
  labels: {app: t}
  annotations: {note: kept}
spec:
  containers:
  - name: c
    image: busybox:1
    args: [sleep, "1"]
    livenessProbe: {exec: {command: ["true"]}}
    readinessProbe: {exec: {command: ["true"]}}
  - {name: d, image: busybox:2}
  initContainers: [{name: i, image: busybox:3}]
`;

/** Both sides' outcomes of the same words are equal; answers ours. */
async function same(words: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<Outcome> {
  const theirs = normal(await pair.theirs(words, { env }));
  const ours = normal(await pair.ours(words, { env }));
  assert.deepEqual(ours, theirs);
  return ours;
}

/** A program that changes the file it is given by a line of shell, and keeps what it was given each time. */
async function editor(name: string, script: string): Promise<{ EDITOR: string }> {
  const path = join(pair.folder, `${name}.sh`);
  await writeFile(path, `#!/bin/sh\ncat "$1" >> "$HOME.${name}"\n${script}\n`, { mode: 0o755 });
  return { EDITOR: path };
}

/** What both editors were shown, which is equal but for names. */
async function shown(name: string): Promise<string> {
  const [theirs, ours] = await Promise.all(
    ['theirs', 'ours'].map(async side => {
      const text = await readFile(join(pair.folder, `${side}.${name}`), 'utf8');
      return normal({ code: 0, stdout: text, stderr: '' }).stdout;
    }),
  );
  assert.equal(ours, theirs);
  return ours!;
}

test('what is edited is saved, and the file tells how', { skip }, async () => {
  await same(['edit', 'configmap', 'conf'], await editor('plain', 'sed -i "s/k: v/k: w/" "$1"'));
  assert.match(await shown('plain'), /^# Please edit the object below/);
  const { stdout } = await same(['get', 'configmap', 'conf', '-o', 'jsonpath={.data.k}']);
  assert.equal(stdout, 'w');
});

test('nothing changed is no edit, and nothing left is no object', { skip }, async () => {
  assert.match((await same(['edit', 'cm', 'conf'], await editor('none', 'true'))).stderr, /no changes made/);
  const empty = await editor('empty', ': > "$1"');
  assert.match((await same(['edit', 'cm', 'conf'], empty)).stderr, /configmaps "conf" is invalid/);
  assert.match((await same(['edit', 'cm', 'conf', '--validate=false'], empty)).stderr, /was empty/);
  assert.equal((await same(['edit', 'cm', 'conf'], await editor('failing', 'exit 3'))).code, 1);
});

test('several objects are one list, each saved by itself', { skip }, async () => {
  const script = 'sed -i "s/k: [vw]/k: x/" "$1"';
  const { stdout } = await same(['edit', 'cm/conf', 'cm/other'], await editor('several', script));
  assert.equal(stdout, 'configmap/conf edited\nconfigmap/other edited\n');
  assert.match(await shown('several'), /kind: List/);
});

test('what is invalid is offered again with the reasons', { skip }, async () => {
  const script =
    'if grep -q "was not valid" "$1"; then sed -i "s/port: 99999/port: 81/" "$1"; else sed -i "s/port: 80/port: 99999/" "$1"; fi';
  const { stdout, stderr } = await same(['edit', 'svc', 'svc'], await editor('invalid', script));
  assert.match(stdout, /service\/svc edited/);
  assert.match(stderr, /services "svc" is invalid/);
  assert.match(
    await shown('invalid'),
    /# services "svc" was not valid:\n# \* spec\.ports\[0\]\.port: Invalid value/,
  );
});

test('invalid twice without a change ends, and the file stays', { skip }, async () => {
  const script = 'sed -i "s/port: 81/port: 99999/" "$1"';
  const { code, stderr } = await same(['edit', 'svc', 'svc'], await editor('stubborn', script));
  assert.equal(code, 1);
  assert.match(stderr, /A copy of your changes has been stored to "EDITED"/);
});

test('text that is no YAML is offered again', { skip }, async () => {
  const script = (mark: string) =>
    `if grep -q "${mark}" "$1"; then sed -i "/^bad/d" "$1"; else echo "bad: [" >> "$1"; fi`;
  await same(['edit', 'cm', 'conf'], await editor('syntax', script('failed validation')));
  const unvalidated = ['edit', 'cm', 'conf', '--validate=false'];
  await same(unvalidated, await editor('unvalidated', script('had a syntax error')));
});

test('a change made while the editor is open stays beside the edit', { skip }, async () => {
  for (const side of ['theirs', 'ours'] as const) {
    const meanwhile = `"$KUBECTL" -n ${side} label cm conf meanwhile=yes > "$HOME.labelled"`;
    const env = await editor(`between-${side}`, `sed -i "s/k: x/k: z/" "$1"; ${meanwhile}`);
    const { code, stderr } = await pair[side](['edit', 'cm', 'conf'], { env });
    assert.equal(code, 0, stderr);
  }
  const { stdout } = await same([
    'get',
    'cm',
    'conf',
    '-o',
    'jsonpath={.data.k} {.metadata.labels.meanwhile}',
  ]);
  assert.equal(stdout, 'z yes');
});

test('what was deleted while it was edited is told of, and the file stays', { skip }, async () => {
  const outcomes: Outcome[] = [];
  for (const side of ['theirs', 'ours'] as const) {
    await pair[side](['create', 'configmap', 'gone', '--from-literal=k=v']);
    const meanwhile = `"$KUBECTL" -n ${side} delete cm gone > "$HOME.deleted"`;
    const env = await editor(`gone-${side}`, `sed -i "s/k: v/k: w/" "$1"; ${meanwhile}`);
    outcomes.push(normal(await pair[side](['edit', 'cm', 'gone'], { env })));
  }
  assert.deepEqual(outcomes[1], outcomes[0]);
  assert.match(outcomes[1]!.stderr, /could not be found on the server/);
});

test('raw requests send a file as it is and print the answer', { skip }, async () => {
  const raw = (side: string, path: string) => ['--raw', `/api/v1/namespaces/${side}/configmaps${path}`];
  const body = (text: string) =>
    JSON.stringify({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'raw' }, data: { k: text } });
  const outcomes = { theirs: [] as Outcome[], ours: [] as Outcome[] };
  for (const side of ['theirs', 'ours'] as const)
    for (const [words, input] of [
      [['create', '-f', '-', ...raw(side, '')], body('v')],
      [['create', '-f', '-', ...raw(side, '')], body('v')],
      [['replace', '-f', '-', ...raw(side, '/raw')], body('w')],
      [['get', ...raw(side, '/raw')], ''],
      [['delete', ...raw(side, '/raw')], ''],
      [['get', ...raw(side, '/raw')], ''],
      [['get', '--raw', 'no path'], ''],
    ] as const)
      outcomes[side].push(normal(await pair[side](words, { input })));
  assert.deepEqual(withoutManagers(outcomes.ours), withoutManagers(outcomes.theirs));
  assert.deepEqual(
    outcomes.ours.map(({ code }) => code),
    [0, 1, 0, 0, 0, 1, 1],
  );
});

/** Raw answers tell who wrote each field, by the name of the program. */
const withoutManagers = (outcomes: readonly Outcome[]): Outcome[] =>
  outcomes.map(outcome => ({ ...outcome, stdout: outcome.stdout.replace(/"managedFields":\[.*?\]/, '') }));

test('debugging copies are alike', { skip }, async () => {
  const copies = [
    ['copy-1', '--image=busybox:9', '-c', 'debugger'],
    ['copy-2', '--set-image=*=busybox:9'],
    ['copy-3', '-c', 'c', '--image=busybox:9', '--', 'sh', '-c', 'date'],
    ['copy-4', '--image=busybox:9', '-c', 'x', '--profile=restricted', '--share-processes=false'],
    ['copy-5', '--image=busybox:9', '-c', 'x', '--keep-labels', '--keep-annotations', '--keep-liveness'],
    ['copy-6', '--image=busybox:9', '-c', 'x', '--keep-init-containers=false', '--env=A=b'],
  ];
  for (const [name = '', ...flags] of copies) {
    const { code, stderr } = await same([
      'debug',
      'target',
      '--profile=general',
      `--copy-to=${name}`,
      ...flags,
    ]);
    assert.equal(code, 0, stderr);
    await same(['get', 'pod', name, '-o', 'yaml']);
  }
  assert.equal(
    (await same(['debug', 'target', '--profile=general', '--copy-to=copy-1', '--image=b', '-c', 'x'])).code,
    1,
  );
  await same([
    'debug',
    'target',
    '--profile=general',
    '--copy-to=copy-7',
    '--image=busybox:9',
    '-c',
    'x',
    '--replace',
  ]);
  assert.equal((await same(['get', 'pod', 'target'])).code, 1);
});

test('a drain lists pods in chunks, and history is printed by a template', { skip }, async () => {
  for (const side of ['theirs', 'ours'] as const) {
    const node = { apiVersion: 'v1', kind: 'Node', metadata: { name: `node-${side}` } };
    await pair[side](['create', '-f', '-'], { input: JSON.stringify(node) });
    for (const name of ['a', 'b', 'c']) {
      const overrides = JSON.stringify({
        spec: { nodeName: `node-${side}`, terminationGracePeriodSeconds: 0 },
      });
      await pair[side](['run', `bare-${name}`, '--image=i', `--overrides=${overrides}`]);
    }
  }
  const outcomes = { theirs: [] as Outcome[], ours: [] as Outcome[] };
  for (const side of ['theirs', 'ours'] as const)
    for (const words of [
      ['drain', `node-${side}`, '--chunk-size=1'],
      ['drain', `node-${side}`, '--chunk-size=1', '--force', '--dry-run=client'],
      ['drain', `node-${side}`, '--chunk-size=2', '--force', '--disable-eviction', '--grace-period=0'],
    ])
      outcomes[side].push(normal(await pair[side](words)));
  const sorted = ({ code, stdout, stderr }: Outcome) => ({
    code,
    stdout: stdout
      .replaceAll(/node-NAMESPACE/g, 'NODE')
      .split('\n')
      .sort(),
    stderr: stderr.replaceAll(/node-NAMESPACE/g, 'NODE'),
  });
  assert.deepEqual(outcomes.ours.map(sorted), outcomes.theirs.map(sorted));
  await same(['create', 'deployment', 'web', '--image=one']);
  const template = '--template={{.metadata.name}} {{.kind}}';
  const history = ['rollout', 'history', 'deployment', 'web', '-o', 'go-template', template];
  assert.match((await same(history)).stdout, /^web-\w+ ReplicaSet$/);
});
