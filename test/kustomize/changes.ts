import { common, type Files } from './common.ts';

/** Kustomizations that build with patches and replacements, by name: the files of each. */
export const changes: Readonly<Record<string, Files>> = {
  replicas: {
    ...common,
    'kustomization.yaml': `resources: [dep.yaml, svc.yaml, rbac.yaml, misc.yaml]
replicas: [{name: web, count: 5}, {name: ss, count: 0}]
`,
  },
  patch1: {
    ...common,
    'kustomization.yaml': `resources: [dep.yaml, svc.yaml, rbac.yaml, misc.yaml]
patches:
- path: p.yaml
- target: {kind: Deployment}
  patch: |-
    - op: replace
      path: /spec/replicas
      value: 7
    - op: add
      path: /metadata/labels/new~1x
      value: q
- target: {kind: Deployment|StatefulSet, name: w.*}
  patch: |-
    apiVersion: apps/v1
    kind: Deployment
    metadata: {name: ignored}
    spec: {template: {spec: {nodeSelector: {a: b}, containers: [{name: web, image: null, resources: {limits: {cpu: 1}}}]}}}
- target: {labelSelector: "app=web"}
  patch: '[{"op":"add","path":"/metadata/annotations","value":{"k":"v"}}]'
`,
    'p.yaml': `apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec: {template: {spec: {containers: [{name: side, $patch: delete}, {name: third, image: t}], volumes: [{$patch: replace}, {name: only, emptyDir: {}}], initContainers: null}}}
---
apiVersion: v1
kind: Service
metadata: {name: web}
$patch: delete
---
apiVersion: x.io/v1
kind: Foo
metadata: {name: foo}
spec: {list: [{name: b}]}
`,
  },
  'patch-name': {
    ...common,
    'kustomization.yaml': `resources: [dep.yaml, svc.yaml, rbac.yaml, misc.yaml]
namePrefix: n-
patches:
- target: {kind: Service}
  options: {allowNameChange: true, allowKindChange: true}
  patch: |
    apiVersion: v1
    kind: Service
    metadata: {name: renamed}
`,
  },
  json6902: {
    ...common,
    'kustomization.yaml': `resources: [dep.yaml, svc.yaml, rbac.yaml, misc.yaml]
patchesJson6902:
- target: {version: v1, kind: Service, name: web}
  patch: |
    - op: test
      path: /spec/ports/0/port
      value: 80
    - op: replace
      path: /spec/ports/0/port
      value: 81
    - {op: copy, from: /spec/ports/0, path: /spec/ports/-}
    - {op: remove, path: /metadata/annotations}
- target: {kind: Deployment, name: web, group: apps, version: v1}
  path: j.json
`,
    'j.json': '[{"op":"move","from":"/spec/replicas","path":"/spec/minReadySeconds"}]',
  },
  psm: {
    ...common,
    'kustomization.yaml': `resources: [dep.yaml, svc.yaml, rbac.yaml, misc.yaml]
patchesStrategicMerge:
- p.yaml
- |-
  apiVersion: v1
  kind: Service
  metadata: {name: web}
  spec: {ports: [{port: 80, protocol: TCP, targetPort: 8080}, {port: 443}]}
`,
    'p.yaml': `apiVersion: apps/v1
kind: Deployment
metadata: {name: web, finalizers: [a], ownerReferences: [{uid: q, name: z}]}
spec: {strategy: {type: Recreate}, template: {spec: {hostAliases: [{ip: 1.1.1.1, hostnames: [a]}], tolerations: [{key: x}], topologySpreadConstraints: [{topologyKey: a, whenUnsatisfiable: DoNotSchedule}]}}}
`,
  },
  repl: {
    ...common,
    'kustomization.yaml': `resources: [dep.yaml, svc.yaml, rbac.yaml, misc.yaml]
replacements:
- source: {kind: Service, name: web, fieldPath: spec.ports.0.port}
  targets:
  - select: {kind: Deployment}
    fieldPaths: ["spec.template.spec.containers.[name=web].env.[name=A].value", "metadata.annotations.[a.b/c]"]
    options: {create: true}
  - select: {kind: Ingress}
    fieldPaths: [spec.rules.*.host]
    options: {delimiter: ".", index: 1}
- source: {kind: Deployment, fieldPath: "spec.template.spec.containers.[name=web].image", options: {delimiter: ":", index: 1}}
  targets:
  - select: {kind: StatefulSet}
    reject: [{name: nope}]
    fieldPaths: [metadata.labels.v]
    options: {create: true}
  - select: {name: web, kind: Deployment}
    fieldPaths: ["spec.template.spec.containers.[name=side].image"]
    options: {delimiter: "@", index: 5}
- path: r.yaml
`,
    'r.yaml': `source: {kind: ServiceAccount}
targets: [{select: {kind: Namespace}, fieldPaths: [metadata.name]}]
`,
  },
  'patch-ns': {
    'kustomization.yaml': `resources: [x.yaml]
namespace: q
patches:
- path: p.yaml
`,
    'x.yaml': `apiVersion: v1
kind: Service
metadata: {name: web, annotations: {note: "$(VAR)"}}
spec: {selector: {app: web}, ports: [{port: 80, name: http}]}
`,
    'p.yaml': `apiVersion: v1
kind: Service
metadata: {name: web, namespace: default}
spec: {type: NodePort}
`,
  },
  'patch-crd': {
    'kustomization.yaml': `resources: [x.yaml]
patches:
- path: p.yaml
`,
    'x.yaml': `apiVersion: x.io/v1
kind: Foo
metadata: {name: foo}
spec: {list: [{name: a, v: 1}], m: {a: {b: 1}}, n: null, e: }
`,
    'p.yaml': `apiVersion: x.io/v1
kind: Foo
metadata: {name: foo}
spec: {list: [{name: b}], m: {a: {c: 2}}, z: null, y: {q: null, r: 1}}
`,
  },
  envs: {
    'kustomization.yaml': `resources: [x.yaml]
patches:
- path: p.yaml
`,
    'x.yaml': `apiVersion: v1
kind: Pod
metadata: {name: p}
spec: {containers: [{name: a, ports: [{containerPort: 80}, {containerPort: 443, protocol: TCP}, {containerPort: 53, protocol: UDP}, {containerPort: 53, protocol: TCP}], env: [{name: A, value: "1"}, {name: A, value: "2"}, {name: B, value: x}], volumeMounts: [{name: v, mountPath: /a}, {name: v, mountPath: /b}]}]}
`,
    'p.yaml': `apiVersion: v1
kind: Pod
metadata: {name: p}
spec: {containers: [{name: a, env: [{name: B, value: y}, {name: C, value: z}], ports: [{containerPort: 53, protocol: TCP, name: dns}], volumeMounts: [{mountPath: /b, name: w}]}]}
`,
  },
};
