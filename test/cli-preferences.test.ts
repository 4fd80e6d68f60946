import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { promisify } from 'node:util';
import { type CliPair, normal, type Outcome, startPair } from './cli-pair.ts';
import { hasUpstreamTools } from './kubectl.ts';

/** Preferences (kuberc), programs for credentials, and completion: the same through kubectl and ours. */

const skip = !hasUpstreamTools() && 'no kubectl for this platform';
const run = promisify(execFile);
let pair: CliPair;

before(async () => {
  if (skip) return;
  pair = await startPair();
  for (const side of ['theirs', 'ours'] as const) {
    await mkdir(join(pair.folder, side));
    await pair[side](['create', 'configmap', 'conf', '--from-literal=k=v']);
    await pair[side](['run', 'web', '--image=nginx', '--port=80']);
    await pair[side](['create', 'service', 'clusterip', 'svc', '--tcp=80:8080']);
  }
});

after(async () => {
  await pair?.[Symbol.asyncDispose]();
});

const preferences = `apiVersion: kubectl.config.k8s.io/v1beta1
kind: Preference
defaults:
- command: get
  options: [{name: output, default: name}]
- command: nosuch
  options: []
aliases:
- name: getc
  command: get
  prependArgs: [configmaps]
  options: [{name: output, default: "jsonpath={.data}"}]
- name: runx
  command: run
  options: [{name: image, default: busybox}, {name: dry-run, default: client}, {name: output, default: yaml}]
  appendArgs: ["--", sleep, "1"]
- name: get
  command: describe
- name: broken
  command: nosuch
- name: flagged
  command: get
  options: [{name: nosuch, default: x}]
- name: wrong
  command: get
  options: [{name: watch, default: maybe}]
`;

const files: Readonly<Record<string, string>> = {
  'prefs.yaml': preferences,
  'unknown.yaml': `${preferences}surplus: yes\n`,
  'later.yaml': `kind: Other\napiVersion: v1\n---\n${preferences}`,
  'none.yaml': 'kind: Other\napiVersion: v1\n',
  'empty.yaml': '',
  'twice.yaml': `${preferences}- {name: getc, command: get}\n`,
  'digits.yaml': `${preferences}- {name: get2, command: get}\n`,
  'dashed.yaml': `${preferences}- {name: x, command: get, options: [{name: "-o", default: name}]}\n`,
};

/** Both sides' outcomes of the same words, by their default preferences or those of a file. */
async function same(words: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<Outcome> {
  // What stands before the words would hide an alias.
  const theirs = normal(await pair.theirs([...words, '-n', 'theirs'], { env, plain: true }));
  const ours = normal(await pair.ours([...words, '-n', 'ours'], { env, plain: true }));
  assert.deepEqual(ours, theirs);
  return ours;
}

test('aliases and defaults are heeded, and what is wrong with them is told', { skip }, async () => {
  for (const [name, text] of Object.entries(files)) await writeFile(join(pair.folder, name), text);
  const prefs = ['--kuberc', 'prefs.yaml'];
  assert.equal((await same(['get', 'cm', 'conf', ...prefs])).stdout, 'configmap/conf\n');
  assert.equal((await same(['getc', 'conf', ...prefs])).stdout, '{"k":"v"}');
  for (const words of [
    ['get', 'cm', 'conf', '-o', 'jsonpath={.kind}'],
    ['get', 'cm', 'conf', '-ojson'],
    ['getc', 'conf', '-o', 'name'],
    ['getc'],
    ['runx', 'p'],
    ['runx', 'p', '--image=other'],
    ['broken'],
    ['flagged', 'pods'],
    ['wrong', 'pods'],
    ['unheard', 'of'],
  ])
    await same([...words, ...prefs]);
});

test('preferences come from a flag, from $KUBERC or from nowhere', { skip }, async () => {
  const words = ['get', 'cm', 'conf'];
  for (const file of Object.keys(files)) {
    const { code } = await same([...words, `--kuberc=${file}`]);
    if (file === 'prefs.yaml') assert.equal(code, 0);
  }
  assert.equal((await same(words, { KUBERC: 'prefs.yaml' })).stdout, 'configmap/conf\n');
  assert.match((await same(words, { KUBERC: 'off' })).stdout, /^NAME/);
  assert.match((await same(words, { KUBERC: 'prefs.yaml', KUBECTL_KUBERC: 'false' })).stdout, /^NAME/);
  await same(words, { KUBERC: 'nosuch.yaml' });
  await same([...words, '--kuberc=prefs.yaml'], { KUBERC: 'off' });
  await same(['--kuberc']);
});

test('kuberc sets and shows preferences', { skip }, async () => {
  const path = join(pair.folder, 'ours', '.kube', 'kuberc');
  const kuberc = (...words: string[]) => pair.ours(['kuberc', ...words]);
  const set = (...words: string[]) => kuberc('set', ...words);
  assert.match((await kuberc('view')).stdout, /^kuberc file not found at .*\nWould you like/);
  assert.equal(
    (await set('--section=defaults', '--command=get', '--option=output=wide')).stdout,
    `Updated ${path}\n`,
  );
  assert.match((await set('--section=defaults', '--command=get')).stderr, /use --overwrite to replace/);
  await set(
    '--section=aliases',
    '--name=getn',
    '--command=get',
    '--prependarg=nodes',
    '--option=--output=name',
  );
  await set('--section=aliases', '--name=getn', '--command=get', '--appendarg=x', '--overwrite');
  await set('--section=credentialplugin', '--policy=Allowlist', '--allowlist-entry=command=a,command=b');
  const expected = `aliases:
- appendArgs:
  - x
  command: get
  name: getn
  options:
  - default: name
    name: output
  prependArgs:
  - nodes
apiVersion: kubectl.config.k8s.io/v1beta1
credentialPluginAllowlist:
- command: a
- command: b
credentialPluginPolicy: Allowlist
defaults:
- command: get
  options:
  - default: wide
    name: output
kind: Preference
`;
  assert.equal(await readFile(path, 'utf8'), expected);
  assert.equal((await kuberc('view')).stdout, expected);
  for (const [words, message] of [
    [[], 'required flag(s) "section" not set'],
    [['--section=x'], '--section must be "defaults", "aliases", or "credentialplugin", got: x'],
    [['--section=aliases', '--command=get'], '--name is required when --section=aliases'],
    [['--section=defaults'], '--command is required when --section=aliases or --section=defaults'],
    [['--section=defaults', '--command=get', '--option=x'], 'invalid option format "x", expected flag=value'],
    [
      ['--section=credentialplugin', '--policy=X'],
      ' --policy must be  "AllowAll", "DenyAll", or "Allowlist", got: X',
    ],
    [
      ['--section=credentialplugin', '--policy=Allowlist', '--allowlist-entry=x=y'],
      'unrecognized allowlist entry field: "x"',
    ],
  ] as const)
    assert.deepEqual(await set(...words), { code: 1, stdout: '', stderr: `error: ${message}\n` });
  await rm(path);
});

test('programs give credentials where there are no others, as the policy lets them', { skip }, async () => {
  const token = JSON.stringify({ apiVersion: 'client.authentication.k8s.io/v1', status: { token: 'wrong' } });
  await mkdir(join(pair.folder, 'bin'));
  const program = join(pair.folder, 'bin', 'credentials.sh');
  await writeFile(
    program,
    `#!/bin/sh\necho "$SAID $KUBERNETES_EXEC_INFO" >> "$HOME/said"\necho '${token}'\n`,
    {
      mode: 0o755,
    },
  );
  const user = (name: string, ...flags: string[]) =>
    same(['config', 'set-credentials', name, '--kubeconfig=users', ...flags]);
  const v1 = ['--exec-api-version=client.authentication.k8s.io/v1', '--exec-interactive-mode=Never'];
  await user('good', `--exec-command=${program}`, '--exec-env=SAID=hello', '--exec-env=X=y', ...v1);
  await user('good', '--exec-env=X-', '--exec-provide-cluster-info=false');
  await user('modeless', `--exec-command=${program}`, v1[0]!);
  await user('old', `--exec-command=${program}`, '--exec-api-version=client.authentication.k8s.io/v1beta1');
  await user('missing', '--exec-command=/no/such', ...v1);
  await user('uninstalled', '--exec-command=no-such', ...v1);
  await user('failing', '--exec-command=false', ...v1);
  await user('silent', '--exec-command=true', ...v1);
  await user('both', '--token=x', '--username=y');
  await user('provider', '--auth-provider=oidc', '--auth-provider-arg=a=b,c=d');
  await user('provider', '--auth-provider-arg=a-');
  await same(['config', 'view', '--kubeconfig=users']);
  const config = `${join(pair.folder, 'users')}:${pair.kubeconfig}`;
  for (const name of ['good', 'old', 'missing', 'uninstalled', 'failing', 'nosuch'])
    await same(['get', 'cm', '--user', name], { KUBECONFIG: config });
  assert.match(
    (await pair.ours(['get', 'cm', '--user', 'silent'], { env: { KUBECONFIG: config } })).stderr,
    /json parse error/,
  );
  // kubectl 1.36 no longer says that this is of the configuration.
  assert.equal(
    (await pair.ours(['get', 'cm', '--user', 'modeless'], { env: { KUBECONFIG: config } })).stderr,
    'error: interactiveMode must be specified for modeless to use exec authentication plugin\n',
  );
  const [theirs, ours] = await Promise.all(
    ['theirs', 'ours'].map(side => readFile(join(pair.folder, side, 'said'), 'utf8')),
  );
  assert.match(ours!, /^hello \{"kind":"ExecCredential","apiVersion":"client.authentication.k8s.io\/v1"/);
  assert.ok(theirs!.startsWith(ours!.split('\n')[0]!));
  for (const policy of [
    'credentialPluginPolicy: DenyAll',
    'credentialPluginPolicy: Allowlist\ncredentialPluginAllowlist: [{name: other}]',
    `credentialPluginPolicy: Allowlist\ncredentialPluginAllowlist: [{name: ${program}}]`,
    'credentialPluginPolicy: Allowlist',
    'credentialPluginPolicy: AllowAll\ncredentialPluginAllowlist: [{name: other}]',
    'credentialPluginPolicy: Sometimes',
  ]) {
    const text = `apiVersion: kubectl.config.k8s.io/v1beta1\nkind: Preference\n${policy}\n`;
    await writeFile(join(pair.folder, 'policy.yaml'), text);
    await same(['get', 'cm', '--user', 'good', '--kuberc=policy.yaml'], { KUBECONFIG: config });
  }
});

test('words complete to what kubectl completes them to', { skip }, async () => {
  const lines = [
    ['get', ''],
    ['get', 'po'],
    ['get', 'cm', ''],
    ['get', 'cm/'],
    ['get', 'cm', 'conf', ''],
    ['get', 'pods,sec'],
    ['get', 'cm/conf', 's'],
    ['get', '-o', ''],
    ['get', '--output=js'],
    ['get', '-o=js'],
    ['get', '--nosuch', ''],
    ['-n', 'kube-'],
    ['get', '--namespace=kube-'],
    ['config', 'use-context', ''],
    ['--context', ''],
    ['logs', ''],
    ['logs', 'web', ''],
    ['exec', 'web', '-c', ''],
    ['port-forward', 'svc/svc', ''],
    ['port-forward', 'web', ''],
    ['rollout', 'undo', ''],
    ['delete', '-f', ''],
    ['cp', 'kube-'],
    ['cp', ''],
    ['drain', ''],
    ['wait', ''],
    ['nosuch', ''],
    ['completion', 'z'],
  ];
  const sorted = ({ code, stdout, stderr }: Outcome) => ({
    code,
    stdout: stdout.split('\n').map(line => line.split('\t')[0]),
    stderr: stderr.replace(/^\[Debug\] Cleared.*\n/m, ''),
  });
  for (const words of lines) {
    const ask = async (side: 'theirs' | 'ours') => {
      const where = words.some(word => /^(-n|--namespace.*)$/.test(word)) ? [] : ['-n', side];
      return sorted(normal(await pair[side](['__complete', ...where, ...words], { plain: true })));
    };
    assert.deepEqual(await ask('ours'), await ask('theirs'), words.join(' '));
  }
});

test('bash completes by the script', { skip }, async () => {
  const { stdout: script } = await pair.ours(['completion', 'bash']);
  const answer =
    'get) printf "nodes\\nnodemetrics\\n:4\\n";; -o=*) printf "json\\njsonpath\\n:4\\n";; *) printf ":0\\n";;';
  await writeFile(join(pair.folder, 'complete.bash'), script);
  const body = `
kubectl() { case "\${@: -2:1}" in ${answer} esac; case "\${@: -1}" in -o=*) : ;; esac; }
source complete.bash
compopt() { echo "compopt $*"; }
for line in "kubectl get no" "kubectl other "; do
  COMP_LINE=$line COMP_POINT=\${#line}
  __kubectl_complete
  echo "\${COMPREPLY[*]}"
done`;
  const { stdout } = await run('bash', ['-c', body], { cwd: pair.folder });
  assert.equal(stdout, 'nodes nodemetrics\ncompopt -o default\n\n');
  for (const shell of ['zsh', 'fish', 'powershell'])
    assert.match((await pair.ours(['completion', shell])).stdout, /kubectl[\s\S]*__complete/);
  await same(['completion']);
  await same(['completion', 'tcsh']);
  await same(['completion', 'bash', 'zsh']);
});
