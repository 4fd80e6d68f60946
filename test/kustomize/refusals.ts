import { common, type Files } from './common.ts';

/** Kustomizations that do not build, by name: the files of each. */
export const refusals: Readonly<Record<string, Files>> = {
  'replicas-err': {
    ...common,
    'kustomization.yaml': `resources: [dep.yaml, svc.yaml, rbac.yaml, misc.yaml]
replicas: [{name: nope, count: 5}]
`,
  },
  'patch-missing': {
    ...common,
    'kustomization.yaml': `resources: [dep.yaml, svc.yaml, rbac.yaml, misc.yaml]
patches:
- patch: |
    apiVersion: v1
    kind: Service
    metadata: {name: renamed}
`,
  },
  'patch-notarget': {
    ...common,
    'kustomization.yaml': `resources: [dep.yaml, svc.yaml, rbac.yaml, misc.yaml]
patches:
- patch: "[{op: add, path: /a, value: 1}]"
`,
  },
  'patch-bad': {
    ...common,
    'kustomization.yaml': `resources: [dep.yaml, svc.yaml, rbac.yaml, misc.yaml]
patches:
- path: nope.yaml
`,
  },
  'patch-none': {
    ...common,
    'kustomization.yaml': `resources: [dep.yaml, svc.yaml, rbac.yaml, misc.yaml]
patches:
- target: {kind: X}
`,
  },
  'comp-err': {
    'kustomization.yaml': 'components: [c]\n',
    'c/kustomization.yaml': 'resources: [x.yaml]\n',
    'c/x.yaml': `apiVersion: v1
kind: Service
metadata: {name: web, annotations: {note: "$(VAR)"}}
spec: {selector: {app: web}, ports: [{port: 80, name: http}]}
`,
  },
  'comp-err2': {
    'kustomization.yaml': 'resources: [c]\n',
    'c/kustomization.yaml': `kind: Component
resources: [x.yaml]
`,
    'c/x.yaml': `apiVersion: v1
kind: Service
metadata: {name: web, annotations: {note: "$(VAR)"}}
spec: {selector: {app: web}, ports: [{port: 80, name: http}]}
`,
  },
  'repl-err': {
    ...common,
    'kustomization.yaml': `resources: [dep.yaml, svc.yaml, rbac.yaml, misc.yaml]
replacements:
- source: {kind: Service, fieldPath: spec.nope}
  targets: [{select: {kind: Deployment}}]
`,
  },
  'repl-err2': {
    ...common,
    'kustomization.yaml': `resources: [dep.yaml, svc.yaml, rbac.yaml, misc.yaml]
replacements:
- source: {kind: Service}
  targets: [{select: {kind: Deployment}, fieldPaths: [spec.nope]}]
`,
  },
  'repl-err3': {
    ...common,
    'kustomization.yaml': `resources: [dep.yaml, svc.yaml, rbac.yaml, misc.yaml]
replacements:
- source: {kind: Nope}
  targets: [{select: {kind: Deployment}, fieldPaths: [spec.nope]}]
`,
  },
  'sort-err': {
    ...common,
    'kustomization.yaml': `resources: [dep.yaml, svc.yaml, rbac.yaml, misc.yaml]
sortOptions: {order: x}
`,
  },
  empty: {
    'kustomization.yaml': '',
  },
  empty2: {
    'kustomization.yaml': 'kind: Kustomization\n',
  },
  unknown: {
    'kustomization.yaml': `resources: []
foo: 1
`,
  },
  'type-err': {
    'kustomization.yaml': 'resources: a\n',
  },
  'type-err2': {
    'kustomization.yaml': 'namePrefix: 1\n',
  },
  'type-err3': {
    'kustomization.yaml': 'commonLabels: {a: 1}\n',
  },
  'kind-err': {
    'kustomization.yaml': `kind: X
apiVersion: v1
resources: [a]
`,
  },
  'ver-err': {
    'kustomization.yaml': `apiVersion: v1
resources: [a]
`,
  },
  missing: {
    'kustomization.yaml': 'resources: [nope.yaml]\n',
  },
  dup: {
    'kustomization.yaml': 'resources: [a.yaml, a.yaml]\n',
    'a.yaml': `apiVersion: v1
kind: Service
metadata: {name: web, annotations: {note: "$(VAR)"}}
spec: {selector: {app: web}, ports: [{port: 80, name: http}]}
`,
  },
  cycle: {
    'kustomization.yaml': 'resources: [a]\n',
    'a/kustomization.yaml': 'resources: [..]\n',
  },
  cycle2: {
    'kustomization.yaml': 'resources: [.]\n',
  },
  outside: {
    'kustomization.yaml': 'resources: [../plain/svc.yaml]\n',
  },
  abs: {
    'kustomization.yaml': 'resources: [/nowhere/plain/svc.yaml]\n',
  },
  nokust: {
    'x.yaml': `apiVersion: v1
kind: Service
metadata: {name: web, annotations: {note: "$(VAR)"}}
spec: {selector: {app: web}, ports: [{port: 80, name: http}]}
`,
  },
  twokust: {
    'kustomization.yaml': 'resources: [x.yaml]',
    'kustomization.yml': 'resources: []',
    'x.yaml': `apiVersion: v1
kind: Service
metadata: {name: web, annotations: {note: "$(VAR)"}}
spec: {selector: {app: web}, ports: [{port: 80, name: http}]}
`,
  },
  'gen-noname': {
    'kustomization.yaml': 'configMapGenerator: [{literals: [a=b]}]\n',
  },
  'gen-badlit': {
    'kustomization.yaml': 'configMapGenerator: [{name: a, literals: [ab]}]\n',
  },
  'gen-dupkey': {
    'kustomization.yaml': 'configMapGenerator: [{name: a, literals: [a=1, a=2]}]\n',
  },
  'gen-nofile': {
    'kustomization.yaml': 'configMapGenerator: [{name: a, files: [nope]}]\n',
  },
  'gen-badfile': {
    'kustomization.yaml': 'configMapGenerator: [{name: a, files: [=x]}]\n',
  },
  'patch-empty': {
    'kustomization.yaml': 'resources: [a.yaml]\npatchesStrategicMerge: [p.yaml]\n',
    'a.yaml': 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n',
    'p.yaml': '# nothing\n',
  },
  'blank-namespace': {
    'kustomization.yaml': 'resources: [a.yaml]\n',
    'a.yaml': `apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: rb}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: r}
subjects: [{kind: ServiceAccount, name: sa, namespace: }]
`,
  },
};
