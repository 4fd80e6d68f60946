import { requestPem } from '#api/certificates/certificate-signing-request/testing.ts';
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { parse } from 'yaml';
import { certificateSigningRequests, namespaces } from '#api/generated/refs.ts';
import { runCli } from '#cli/index.ts';
import { nodeConnect } from '#cli/node-connection.ts';
import { MemoryIo } from '#cli/testing.ts';
import { type Cluster, startCluster } from '#main/embedded.ts';
import { systemClock, systemRandom } from '#main/system.ts';
import { hasUpstreamTools, upstreamTools } from './kubectl.ts';

/** The same words through kubectl and through ours, on one cluster: output, errors and exit code must be equal. */

interface Outcome {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

const skip = !hasUpstreamTools() && 'no kubectl for this platform';

const deployed = (kind: string, name: string) => `apiVersion: apps/v1
${kind}: Deployment
metadata: {name: ${name}, labels: {app: rec}}
spec:
  selector: {matchLabels: {app: rec}}
  template:
    metadata: {labels: {app: rec}}
    spec: {containers: [{name: c, image: nginx, ports: [{containerPort: 80}]}]}
`;

const manifests: Record<string, string> = {
  // A folder with one file that holds no object.
  'rec/a.yaml': deployed('kind', 'a'),
  'rec/deep/bad.yaml': deployed('ind', 'b'),
  'rec/deep/c.yaml': deployed('kind', 'c'),
  'app.yaml': `apiVersion: apps/v1
kind: Deployment
metadata: {name: app}
spec:
  replicas: 2
  selector: {matchLabels: {app: app}}
  template:
    metadata: {labels: {app: app}}
    spec:
      containers:
      - name: c
        image: nginx:1
        env:
        - {name: A, value: "1"}
---
apiVersion: v1
kind: Service
metadata: {name: app}
spec: {selector: {app: app}, ports: [{port: 80, name: http}]}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: conf}
data: {k: "v"}
`,
  'service.yaml':
    'apiVersion: v1\nkind: Service\nmetadata: {name: s}\nspec: {selector: {x: z}, clusterIP: None}\n',
  'long.yaml': `apiVersion: v1\nkind: Pod\nmetadata: {name: ${'a'.repeat(70)}, labels: {a: b}}\n`,
  'bad-version': 'apiVersion: v3\nkind: Config\n',
  'bad-kind': 'kind: Foo\n',
  'other.yaml': 'apiVersion: example.com/v1\nkind: Other\nmetadata: {name: o}\n',
  'binding.yaml': `apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: b}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: r}
subjects: [{apiGroup: rbac.authorization.k8s.io, kind: User, name: u}]
`,
  'invalid.yaml': 'apiVersion: v1\nkind: Pod\nmetadata: {name: inv}\nspec: {containers: []}\n',
  'nulls.yaml': `apiVersion: apps/v1
kind: Deployment
metadata: {name: nulls}
spec:
  selector: {matchLabels: {app: nulls}}
  template:
    metadata: {labels: {app: nulls}}
    spec:
      containers:
      - {name: c, image: nginx, terminationMessagePolicy: null, resources: {requests: {cpu: null, memory: 1Mi}}}
`,
  'versioned.yaml':
    'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: versioned, resourceVersion: "1"}\ndata: {k: "v"}\n',
  'versioned-2.yaml': 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: versioned}\ndata: {k: "w"}\n',
  'unknown.json': '{"apiVersion":"v1","kind":"Foo","metadata":{"name":"x"}}',
};

let cluster: Cluster;
let kubectl: string;
let folder: string;
let kubeconfig: string;

before(async () => {
  if (skip) return;
  ({ kubectl } = await upstreamTools());
  // No nodes: pods stay as they are made, and both tools see one state.
  cluster = await startCluster({ nodes: 0 });
  folder = await mkdtemp(join(tmpdir(), 'coxswain-cli-'));
  kubeconfig = await cluster.kubeconfig();
  await writeFile(join(folder, 'config'), kubeconfig, { mode: 0o600 });
  await mkdir(join(folder, 'rec/deep'), { recursive: true });
  for (const [name, text] of Object.entries(manifests)) await writeFile(join(folder, name), text);
  for (const name of ['theirs', 'ours']) {
    await cluster.client.create(namespaces, { metadata: { name } });
    await cluster.client.create(certificateSigningRequests, {
      metadata: { name },
      spec: { request: btoa(requestPem), signerName: 'example.com/test', usages: ['digital signature'] },
    });
  }
});

after(async () => {
  await cluster?.stop();
  if (folder) await rm(folder, { recursive: true });
});

function theirs(words: readonly string[]): Promise<Outcome> {
  const args = ['--kubeconfig', join(folder, 'config'), '-n', 'theirs', ...words];
  const env = { HOME: folder, PATH: process.env.PATH ?? '' };
  return new Promise(resolve =>
    execFile(kubectl, args, { cwd: folder, env, timeout: 20_000 }, (error, stdout, stderr) =>
      resolve({ code: error ? Number(error.code ?? 1) : 0, stdout, stderr }),
    ),
  );
}

async function ours(words: readonly string[]): Promise<Outcome> {
  const io = new MemoryIo(systemClock, systemRandom()).file('config', kubeconfig);
  for (const [name, text] of Object.entries(manifests)) io.file(name, text);
  const argv = ['--kubeconfig', 'config', '-n', 'ours', ...words];
  const code = await runCli(argv, { io, connect: nodeConnect, program: 'kubectl' });
  return { code, stdout: io.output, stderr: io.errors };
}

/** What may differ between two objects of the same kind. */
function normal({ code, stdout, stderr }: Outcome): Outcome {
  const clean = (text: string) =>
    text
      .replace(/\b(theirs|ours)\b/g, 'NAMESPACE')
      .replace(/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, 'UID')
      .replace(/\d{4}-\d\d-\d\dT[\d:]+Z/g, 'TIME')
      .replace(/\w{3}, \d\d \w{3} \d{4} [\d:]+ \+0000/g, 'TIME')
      .replace(/\b10\.\d+\.\d+\.\d+ */g, 'IP ')
      // As wide as the longest address, which differs between the two namespaces.
      .replace(/CLUSTER-IP +/g, 'CLUSTER-IP ')
      .replace(/ *\b\d+(s|m|m\d+s)\b/g, ' AGE')
      .replace(/(app|web)-([a-z0-9]+)-[a-z0-9]{5}\b/g, '$1-$2-POD')
      .replace(/resourceVersion: "\d+"/g, 'resourceVersion: VERSION')
      .replace(/^E\d{4} .*\n/gm, '')
      .replace(/^W\d{4} .*?(?= \w+\.go:\d+\])/gm, 'W')
      .replace(/\.go:\d+/g, '.go:LINE')
      .replace(/ +$/gm, '');
  return { code, stdout: clean(stdout), stderr: clean(stderr) };
}

const script = [
  'label configmap kube-root-ca.crt recorded=yes --record',
  'apply -f app.yaml --subresource=status',
  'create -f app.yaml --raw /x --edit',
  'replace -f app.yaml --timeout=5s',
  'certificate approve',
  'certificate approve nosuch',
  'certificate approve ours',
  'certificate approve ours -o name',
  'certificate deny ours',
  'certificate deny ours -o yaml',
  'apply -f app.yaml --validate=false',
  'apply -f app.yaml --validate=false',
  'apply -f app.yaml --dry-run=server --validate=false',
  'apply -f nosuch.yaml',
  'apply',
  'create -f app.yaml --validate=false',
  'create -f invalid.yaml --validate=false',
  'apply -f unknown.json --validate=false',
  'create deployment web --image=nginx --port=80',
  'create deployment web --image=nginx',
  'create deployment x',
  'create configmap c --from-literal=a=b -o yaml --dry-run=client',
  'create configmap c --from-literal=a',
  'create service clusterip s --tcp=80:8080 --dry-run=client -o yaml',
  'create role r --verb=get --resource=pods,deployments --dry-run=client -o yaml',
  'create rolebinding rb --role=r --user=u --dry-run=client -o yaml',
  'create ingress i --rule=foo.com/bar=svc:80,tls=sec --dry-run=client -o yaml',
  'create role r --verb=get --resource=deployments.nosuch',
  'create role r --verb=get --resource=nosuch',
  'create ns',
  'run p --image=InvalidName',
  'run p --image=',
  'run p',
  'apply -f nulls.yaml --validate=false',
  'get deploy nulls -o jsonpath={.spec.template.spec.containers[0].resources}',
  'delete deploy nulls',
  'create -f versioned.yaml --validate=false',
  'apply -f versioned-2.yaml --validate=false --server-side',
  'apply -f versioned-2.yaml --validate=false --server-side --field-manager=kubectl-create',
  'delete cm versioned',
  'create -f rec -R',
  'create -f rec -R --validate=false',
  'replace -f rec -R --validate=false',
  'get -f rec -R -o name',
  'label -f rec -R a=b',
  'patch -f rec -R -p {"spec":{"replicas":0}}',
  'scale -f rec -R --replicas=1',
  'expose -f rec -R --port=80',
  'autoscale -f rec -R --max=5',
  'rollout history -f rec -R',
  'rollout undo -f rec -R --to-revision=1',
  'rollout pause -f rec -R',
  'set selector -f rec -R a=b',
  'set image -f rec -R c=httpd',
  'set env -f rec -R A=B',
  'edit -f rec -R',
  'wait -f rec -R --for=create',
  'delete -f rec -R',
  'patch --local -f rec/a.yaml -p {"spec":{"replicas":2}} -o yaml',
  'patch --local -f rec/a.yaml -p {"spec":{"replicas":null}}',
  'patch --local -f rec/a.yaml --type=JSON -p [{"op":"remove","path":"/spec/nosuch"}]',
  'patch --local -f other.yaml -p {"a":"b"}',
  'patch --local -f other.yaml --type=merge -p {"a":"b"} -o json',
  'patch --local deploy x -p {}',
  'patch --local -f rec/a.yaml -p {} --dry-run=server',
  'set selector --local -f service.yaml a=b -o name',
  'set selector --local -f rec/a.yaml a=b',
  'set selector --local svc x a=b',
  'set selector',
  'set image --local deploy x c=d',
  'set image --local -f rec/a.yaml c=d --dry-run=server',
  'set subject --local -f binding.yaml --user=b --user=a --user=u --serviceaccount=x:y -o yaml',
  'set subject --local -f binding.yaml --serviceaccount=x',
  'create -f binding.yaml',
  'set subject rolebinding b --user=u',
  'set subject rolebinding b --group=g --dry-run=client -o name',
  'patch rolebinding b -p {} --dry-run=client',
  'patch rolebinding b --type=merge -p {"subjects":null} --dry-run=client',
  'delete rolebinding b',
  'wait deploy/nosuch --for=create --timeout=1s',
  'wait deploy -l app=nosuch --for=create --timeout=1s',
  'wait cm/kube-root-ca.crt --for=create --timeout=10s',
  'expose -f long.yaml --port=80 --dry-run=client -o name',
  'create ns x --dry-run=true',
  'create ns x --dry-run=T -o name',
  'create ns x --dry-run',
  'create ns x --dry-run=foo',
  'config view --kubeconfig bad-version',
  'get pods --kubeconfig bad-kind',
  'label --local pod x a=b',
  'annotate --local pod x a=b',
  'delete hpa,svc -l app=rec',
  'config set users.me.token secret --kubeconfig other',
  'config set nosuch.a b --kubeconfig other',
  'config set users.me.client-key-data %% --kubeconfig other',
  'config set clusters.a.insecure-skip-tls-verify x --kubeconfig other',
  'config unset users.nosuch.token --kubeconfig other',
  'run p --image=nginx --port=80 --env=A=B --dry-run=client -o yaml',
  'expose deploy web --port=80',
  'get deploy,svc',
  'get deploy web -o wide --show-labels',
  'get all',
  'get deploy web -o jsonpath={.spec.template.spec}',
  'get deploy -o custom-columns=N:.metadata.name,I:.spec.template.spec.containers[*].image,X:.spec.x',
  'get deploy -o go-template={{range.items}}{{.metadata.name}}{{end}}',
  'get deploy web -o name',
  'get svc --sort-by=.metadata.name --no-headers',
  'get pods nosuch',
  'get pods nosuch --ignore-not-found',
  'get foo',
  'get secrets',
  'get deploy --foo',
  'get deploy -o foo',
  'get pods,deploy web',
  'describe deploy web',
  'describe svc web',
  'describe cm conf',
  'describe ns ours',
  'explain pod.spec.foo',
  'api-resources --api-group=apps',
  'scale deploy web --replicas=2',
  'scale deploy web --replicas=3 --current-replicas=9',
  'set image deploy/web nginx=nginx:2',
  'set image deploy/web foo=nginx:2',
  'set env deploy/web A=B',
  'rollout history deploy/nosuch',
  'rollout pause deploy/web',
  'rollout pause deploy/web',
  'rollout resume deploy/web',
  'rollout restart deploy/web',
  'label deploy web a=b',
  'label deploy web a=c',
  'label deploy web a-',
  'label deploy web bad=x/y',
  'annotate deploy web x=y',
  'patch deploy web -p {"spec":{"replicas":1}}',
  'patch deploy web --type=json -p [{"op":"replace","path":"/spec/replicas","value":3}]',
  'patch deploy web',
  'wait deploy/web --for=jsonpath={.metadata.name}=web',
  'wait deploy/web --for=condition=foo --timeout=1s',
  'wait pod/nosuch --for=delete',
  'logs nosuch',
  'exec nosuch',
  'run target --image=nginx',
  'debug target',
  'debug target --image=busybox --profile=nosuch',
  'debug target --image=busybox -c dbg --profile=general',
  'debug target --image=busybox -c dbg2 --target=target --profile=general --env=A=B -- sh -c x',
  'debug target --image=busybox -c dbg3 --target=nosuch --profile=sysadmin --arguments-only -- sh',
  'debug target --image=busybox -c dbg4 -q --profile=restricted --image-pull-policy=Never',
  'debug target --image=busybox -c dbg5 -t',
  'debug nosuch --image=busybox --profile=general',
  'get pod target -o jsonpath={.spec.ephemeralContainers}',
  'delete deploy web',
  'delete deploy web',
  'delete -f app.yaml',
  'delete svc web -o name',
  'delete',
];

for (const [at, line] of script.entries())
  test(`${at + 1}: ${line}`, { skip }, async () => {
    // The namespaces name themselves.
    const words = line.split(' ');
    const [expected, actual] = await Promise.all([
      theirs(words.map(word => (word === 'ours' ? 'theirs' : word))),
      ours(words),
    ]);
    assert.deepEqual(normal(actual), normal(expected));
  });

test('config set and unset leave the same file', { skip }, async () => {
  const lines = [
    'config set clusters.10.10.12.56.server https://10.10.12.56',
    'config set clusters.10.10.12.56.certificate-authority-data Y2E=',
    'config set clusters.10.10.12.56.insecure-skip-tls-verify true',
    'config set clusters.gone.server https://gone',
    'config set users.a.b.token secret',
    'config set users.a.b.client-key-data key --set-raw-bytes',
    'config set contexts.mine.cluster 10.10.12.56',
    'config set contexts.mine.namespace web',
    'config set current-context mine',
    'config unset contexts.mine.namespace',
    'config unset clusters.gone',
    'config unset users.a.b.token',
  ];
  const io = new MemoryIo(systemClock, systemRandom());
  for (const line of lines) {
    const words = [...line.split(' '), '--kubeconfig', 'own'];
    const expected = await theirs(words);
    io.output = '';
    const code = await runCli(words, { io, connect: nodeConnect, program: 'kubectl' });
    assert.deepEqual({ code, stdout: io.output, stderr: io.errors }, expected);
  }
  const written = parse(new TextDecoder().decode(await io.fs.read('own')));
  assert.deepEqual(written, parse(await readFile(join(folder, 'own'), 'utf8')));
});
