import { common, type Files } from './common.ts';

const binary = Uint8Array.from({ length: 256 }, (_, byte) => byte);

/** Kustomizations that build, by name: the files of each. */
export const builds: Readonly<Record<string, Files>> = {
  plain: {
    ...common,
    'kustomization.yaml': 'resources: [dep.yaml, svc.yaml, rbac.yaml, misc.yaml]\n',
  },
  prefix: {
    ...common,
    'kustomization.yaml': `resources: [dep.yaml, svc.yaml, rbac.yaml, misc.yaml]
namePrefix: p-
nameSuffix: -s

configMapGenerator: [{name: cm, literals: [a=1, "b='q'", 'c="<&>"', d=x=y, e=]}]
secretGenerator: [{name: sec, literals: [a=1, long=zzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzz], type: x/y}]
`,
  },
  ns: {
    ...common,
    'kustomization.yaml': `resources: [dep.yaml, svc.yaml, rbac.yaml, misc.yaml]
namespace: prod

configMapGenerator: [{name: cm, literals: [a=1, "b='q'", 'c="<&>"', d=x=y, e=]}]
secretGenerator: [{name: sec, literals: [a=1, long=zzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzz], type: x/y}]
`,
  },
  all: {
    ...common,
    'kustomization.yaml': `resources: [dep.yaml, svc.yaml, rbac.yaml, misc.yaml]
namespace: prod
namePrefix: p-
nameSuffix: -s
commonLabels: {team: a, m: "1"}
commonAnnotations: {x: "y"}

configMapGenerator: [{name: cm, literals: [a=1, "b='q'", 'c="<&>"', d=x=y, e=]}]
secretGenerator: [{name: sec, literals: [a=1, long=zzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzz], type: x/y}]
`,
  },
  labels: {
    ...common,
    'kustomization.yaml': `resources: [dep.yaml, svc.yaml, rbac.yaml, misc.yaml]
labels:
- pairs: {a: b}
- pairs: {c: d}
  includeSelectors: true
- pairs: {e: f}
  includeTemplates: true
- pairs: {g: h}
  fields: [{path: spec/foo/labels, create: true, kind: Foo}]
`,
  },
  images: {
    ...common,
    'kustomization.yaml': `resources: [dep.yaml, svc.yaml, rbac.yaml, misc.yaml]
images: [{name: nginx, newTag: "2"}, {name: reg.io:5000/a/side, newName: x/side, digest: "sha256:def"}, {name: busybox, newName: bb, tagSuffix: -z}]
`,
  },
  images2: {
    ...common,
    'kustomization.yaml': `resources: [dep.yaml, svc.yaml, rbac.yaml, misc.yaml]
images: [{name: nginx, newTag: "2", digest: "sha256:1"}, {name: reg.io:5000/a/side, newTag: v1}, {name: busy.*, newTag: r}]
`,
  },
  overlay: {
    'base/kustomization.yaml': `resources: [dep.yaml, svc.yaml, rbac.yaml, misc.yaml]
namePrefix: b-

configMapGenerator: [{name: cm, literals: [a=1, "b='q'", 'c="<&>"', d=x=y, e=]}]
secretGenerator: [{name: sec, literals: [a=1, long=zzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzz], type: x/y}]
`,
    'base/dep.yaml': `apiVersion: apps/v1
kind: Deployment
metadata: {name: web, labels: {app: web}}
spec:
  replicas: 1
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      serviceAccountName: sa
      containers:
      - name: web
        image: nginx:1.14
        env:
        - {name: A, valueFrom: {configMapKeyRef: {name: cm, key: a}}}
        - {name: B, valueFrom: {secretKeyRef: {name: sec, key: a}}}
        envFrom: [{configMapRef: {name: cm}}]
        args: ["$(VAR)", "x-$(VAR)-$$(VAR)", "$(NOPE)"]
      - name: side
        image: reg.io:5000/a/side@sha256:abc
      initContainers: [{name: i, image: busybox}]
      volumes: [{name: v, configMap: {name: cm}}, {name: s, secret: {secretName: sec}}, {name: p, persistentVolumeClaim: {claimName: pvc}}]
---
apiVersion: v1
kind: ServiceAccount
metadata: {name: sa}
---
apiVersion: v1
kind: PersistentVolumeClaim
metadata: {name: pvc}
spec: {accessModes: [ReadWriteOnce], storageClassName: sc, resources: {requests: {storage: 1Gi}}}
`,
    'base/svc.yaml': `apiVersion: v1
kind: Service
metadata: {name: web, annotations: {note: "$(VAR)"}}
spec: {selector: {app: web}, ports: [{port: 80, name: http}]}
`,
    'base/rbac.yaml': `apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: rb}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: r}
subjects: [{kind: ServiceAccount, name: sa}, {kind: ServiceAccount, name: default}, {kind: ServiceAccount, name: sa, namespace: other}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {name: r}
rules: [{apiGroups: [""], resources: [configmaps], resourceNames: [cm, zz], verbs: [get]}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: crb}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: r}
subjects: [{kind: ServiceAccount, name: sa, namespace: default}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: r}
rules: []
`,
    'base/misc.yaml': `apiVersion: v1
kind: Namespace
metadata: {name: ns}
---
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata: {name: h}
spec: {scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: web}}
---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {name: ing, annotations: {nginx.ingress.kubernetes.io/auth-secret: sec}}
spec: {ingressClassName: c, rules: [{host: "$(VAR).x", http: {paths: [{path: /, pathType: Prefix, backend: {service: {name: web, port: {number: 80}}}}]}}], tls: [{secretName: sec}]}
---
apiVersion: batch/v1
kind: CronJob
metadata: {name: cj}
spec: {schedule: "* * * * *", jobTemplate: {spec: {template: {spec: {containers: [{name: c, image: nginx, envFrom: [{secretRef: {name: sec}}]}]}}}}}
---
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingWebhookConfiguration
metadata: {name: wh}
webhooks: [{name: a.b.c, clientConfig: {service: {name: web, namespace: default}}}]
---
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: foos.x.io}
spec: {group: x.io, names: {kind: Foo}, conversion: {strategy: Webhook, webhook: {clientConfig: {service: {name: web, namespace: default}}}}}
---
apiVersion: x.io/v1
kind: Foo
metadata: {name: foo}
spec: {list: [{name: a, v: 1}], containers: [{image: nginx}]}
---
apiVersion: apps/v1
kind: StatefulSet
metadata: {name: ss}
spec: {serviceName: web, template: {spec: {containers: []}}, volumeClaimTemplates: [{metadata: {name: x}}]}
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: np}
spec: {podSelector: {matchLabels: {app: web}}, ingress: [{from: [{podSelector: {matchLabels: {x: y}}}]}]}
`,
    'kustomization.yaml': `resources: [base]
namespace: ov
nameSuffix: -o
configMapGenerator: [{name: cm, behavior: merge, literals: [a=2, new=3]}]
secretGenerator: [{name: sec, behavior: replace, literals: [only=1]}]
generatorOptions: {labels: {gl: "1"}, annotations: {ga: "2"}, immutable: true}
`,
  },
  nohash: {
    ...common,
    'kustomization.yaml': `resources: [dep.yaml, svc.yaml, rbac.yaml, misc.yaml]

configMapGenerator: [{name: cm, literals: [a=1, "b='q'", 'c="<&>"', d=x=y, e=]}]
secretGenerator: [{name: sec, literals: [a=1, long=zzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzz], type: x/y}]
generatorOptions: {disableNameSuffixHash: true}
`,
  },
  opts: {
    'kustomization.yaml': `configMapGenerator: [{name: a, options: {labels: {x: "1"}, disableNameSuffixHash: true, immutable: true}}, {name: b, namespace: q}, {name: c, files: [f.txt, k=f.txt, bin.dat], envs: [e.env]}]
secretGenerator: [{name: s, files: [bin.dat], env: e.env}]
generatorOptions: {labels: {x: "2", w: "3"}}
`,
    'f.txt': `hello
world
`,
    'bin.dat': binary,
    'e.env': `# c
A=1
 B=2 
C

D=x=y
`,
  },
  comp: {
    ...common,
    'kustomization.yaml': `resources: [dep.yaml, svc.yaml, rbac.yaml, misc.yaml]
components: [comp, comp2]
namePrefix: z-
`,
    'comp/kustomization.yaml': `apiVersion: kustomize.config.k8s.io/v1alpha1
kind: Component
resources: [x.yaml]
namePrefix: c-
patches:
- patch: |
    apiVersion: apps/v1
    kind: Deployment
    metadata: {name: web}
    spec: {replicas: 9}
configMapGenerator: [{name: cm, literals: [q=1]}]
`,
    'comp/x.yaml': `apiVersion: v1
kind: ConfigMap
metadata: {name: fromcomp}
`,
    'comp2/kustomization.yaml': `kind: Component
configMapGenerator: [{name: cm, behavior: merge, literals: [r=1]}]
`,
  },
  vars: {
    ...common,
    'kustomization.yaml': `resources: [dep.yaml, svc.yaml, rbac.yaml, misc.yaml]
namePrefix: v-
vars:
- name: VAR
  objref: {kind: Service, name: web, apiVersion: v1}
- name: PORT
  objref: {kind: Service, name: web, version: v1}
  fieldref: {fieldpath: "spec.ports[0].port"}
`,
  },
  'sort-fifo': {
    ...common,
    'kustomization.yaml': `resources: [dep.yaml, svc.yaml, rbac.yaml, misc.yaml]

configMapGenerator: [{name: cm, literals: [a=1, "b='q'", 'c="<&>"', d=x=y, e=]}]
secretGenerator: [{name: sec, literals: [a=1, long=zzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzz], type: x/y}]
sortOptions: {order: fifo}
`,
  },
  'sort-legacy': {
    ...common,
    'kustomization.yaml': `resources: [dep.yaml, svc.yaml, rbac.yaml, misc.yaml]

configMapGenerator: [{name: cm, literals: [a=1, "b='q'", 'c="<&>"', d=x=y, e=]}]
secretGenerator: [{name: sec, literals: [a=1, long=zzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzz], type: x/y}]
sortOptions: {order: legacy, legacySortOptions: {orderFirst: [Service, Foo], orderLast: [Deployment]}}
`,
  },
  managed: {
    ...common,
    'kustomization.yaml': `resources: [dep.yaml, svc.yaml, rbac.yaml, misc.yaml]
buildMetadata: [managedByLabel]
`,
  },
  conf: {
    ...common,
    'kustomization.yaml': `resources: [dep.yaml, svc.yaml, rbac.yaml, misc.yaml]
namePrefix: f-
configurations: [conf.yaml]

configMapGenerator: [{name: cm, literals: [a=1, "b='q'", 'c="<&>"', d=x=y, e=]}]
secretGenerator: [{name: sec, literals: [a=1, long=zzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzz], type: x/y}]
commonLabels: {a: b}
images: [{name: nginx, newTag: "9"}]
`,
    'conf.yaml': `nameReference:
- kind: Service
  fieldSpecs: [{kind: Foo, path: spec/svc}]
commonLabels: [{path: spec/labels, kind: Foo, create: true}]
images: [{path: spec/image, kind: Foo}]
`,
    'foo.yaml': '',
  },
  'gen-badkey': {
    'kustomization.yaml': 'configMapGenerator: [{name: a, literals: ["a b=c"]}]\n',
  },
  local: {
    'kustomization.yaml': 'resources: [x.yaml]\n',
    'x.yaml': `apiVersion: v1
kind: ConfigMap
metadata: {name: a, annotations: {config.kubernetes.io/local-config: "true"}}
---
apiVersion: v1
kind: Service
metadata: {name: web, annotations: {note: "$(VAR)"}}
spec: {selector: {app: web}, ports: [{port: 80, name: http}]}
`,
  },
  list: {
    'kustomization.yaml': `resources: [x.yaml]
namePrefix: l-
`,
    'x.yaml': `apiVersion: v1
kind: List
items:
- {apiVersion: v1, kind: ConfigMap, metadata: {name: a}}
- {apiVersion: v1, kind: Secret, metadata: {name: b}}
---
apiVersion: v1
kind: ConfigMapList
items: [{apiVersion: v1, kind: ConfigMap, metadata: {name: c}}]
`,
  },
  json: {
    'kustomization.yaml': 'resources: [x.json]\n',
    'x.json': '{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"a"},"data":{"a":"b"}}',
  },
  'two-ns': {
    'kustomization.yaml': 'resources: [a, b]\n',
    'a/kustomization.yaml': `namespace: a
resources: [x.yaml]
configMapGenerator: [{name: cm, literals: [a=1]}]
`,
    'a/x.yaml': `apiVersion: apps/v1
kind: Deployment
metadata: {name: web, labels: {app: web}}
spec:
  replicas: 1
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      serviceAccountName: sa
      containers:
      - name: web
        image: nginx:1.14
        env:
        - {name: A, valueFrom: {configMapKeyRef: {name: cm, key: a}}}
        - {name: B, valueFrom: {secretKeyRef: {name: sec, key: a}}}
        envFrom: [{configMapRef: {name: cm}}]
        args: ["$(VAR)", "x-$(VAR)-$$(VAR)", "$(NOPE)"]
      - name: side
        image: reg.io:5000/a/side@sha256:abc
      initContainers: [{name: i, image: busybox}]
      volumes: [{name: v, configMap: {name: cm}}, {name: s, secret: {secretName: sec}}, {name: p, persistentVolumeClaim: {claimName: pvc}}]
---
apiVersion: v1
kind: ServiceAccount
metadata: {name: sa}
---
apiVersion: v1
kind: PersistentVolumeClaim
metadata: {name: pvc}
spec: {accessModes: [ReadWriteOnce], storageClassName: sc, resources: {requests: {storage: 1Gi}}}
`,
    'b/kustomization.yaml': `namespace: b
resources: [x.yaml]
configMapGenerator: [{name: cm, literals: [a=2]}]
`,
    'b/x.yaml': `apiVersion: apps/v1
kind: Deployment
metadata: {name: web, labels: {app: web}}
spec:
  replicas: 1
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      serviceAccountName: sa
      containers:
      - name: web
        image: nginx:1.14
        env:
        - {name: A, valueFrom: {configMapKeyRef: {name: cm, key: a}}}
        - {name: B, valueFrom: {secretKeyRef: {name: sec, key: a}}}
        envFrom: [{configMapRef: {name: cm}}]
        args: ["$(VAR)", "x-$(VAR)-$$(VAR)", "$(NOPE)"]
      - name: side
        image: reg.io:5000/a/side@sha256:abc
      initContainers: [{name: i, image: busybox}]
      volumes: [{name: v, configMap: {name: cm}}, {name: s, secret: {secretName: sec}}, {name: p, persistentVolumeClaim: {claimName: pvc}}]
---
apiVersion: v1
kind: ServiceAccount
metadata: {name: sa}
---
apiVersion: v1
kind: PersistentVolumeClaim
metadata: {name: pvc}
spec: {accessModes: [ReadWriteOnce], storageClassName: sc, resources: {requests: {storage: 1Gi}}}
`,
  },
  'two-prefix': {
    'kustomization.yaml': `resources: [a, b]
namePrefix: top-
`,
    'a/kustomization.yaml': `namePrefix: a-
resources: [x.yaml, s.yaml]
configMapGenerator: [{name: cm, literals: [a=1]}]
`,
    'a/x.yaml': `apiVersion: apps/v1
kind: Deployment
metadata: {name: web, labels: {app: web}}
spec:
  replicas: 1
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      serviceAccountName: sa
      containers:
      - name: web
        image: nginx:1.14
        env:
        - {name: A, valueFrom: {configMapKeyRef: {name: cm, key: a}}}
        - {name: B, valueFrom: {secretKeyRef: {name: sec, key: a}}}
        envFrom: [{configMapRef: {name: cm}}]
        args: ["$(VAR)", "x-$(VAR)-$$(VAR)", "$(NOPE)"]
      - name: side
        image: reg.io:5000/a/side@sha256:abc
      initContainers: [{name: i, image: busybox}]
      volumes: [{name: v, configMap: {name: cm}}, {name: s, secret: {secretName: sec}}, {name: p, persistentVolumeClaim: {claimName: pvc}}]
---
apiVersion: v1
kind: ServiceAccount
metadata: {name: sa}
---
apiVersion: v1
kind: PersistentVolumeClaim
metadata: {name: pvc}
spec: {accessModes: [ReadWriteOnce], storageClassName: sc, resources: {requests: {storage: 1Gi}}}
`,
    'a/s.yaml': `apiVersion: v1
kind: Namespace
metadata: {name: ns}
---
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata: {name: h}
spec: {scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: web}}
---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {name: ing, annotations: {nginx.ingress.kubernetes.io/auth-secret: sec}}
spec: {ingressClassName: c, rules: [{host: "$(VAR).x", http: {paths: [{path: /, pathType: Prefix, backend: {service: {name: web, port: {number: 80}}}}]}}], tls: [{secretName: sec}]}
---
apiVersion: batch/v1
kind: CronJob
metadata: {name: cj}
spec: {schedule: "* * * * *", jobTemplate: {spec: {template: {spec: {containers: [{name: c, image: nginx, envFrom: [{secretRef: {name: sec}}]}]}}}}}
---
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingWebhookConfiguration
metadata: {name: wh}
webhooks: [{name: a.b.c, clientConfig: {service: {name: web, namespace: default}}}]
---
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: foos.x.io}
spec: {group: x.io, names: {kind: Foo}, conversion: {strategy: Webhook, webhook: {clientConfig: {service: {name: web, namespace: default}}}}}
---
apiVersion: x.io/v1
kind: Foo
metadata: {name: foo}
spec: {list: [{name: a, v: 1}], containers: [{image: nginx}]}
---
apiVersion: apps/v1
kind: StatefulSet
metadata: {name: ss}
spec: {serviceName: web, template: {spec: {containers: []}}, volumeClaimTemplates: [{metadata: {name: x}}]}
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: np}
spec: {podSelector: {matchLabels: {app: web}}, ingress: [{from: [{podSelector: {matchLabels: {x: y}}}]}]}
`,
    'b/kustomization.yaml': `namePrefix: b-
resources: [x.yaml]
configMapGenerator: [{name: cm, literals: [a=2]}]
`,
    'b/x.yaml': `apiVersion: apps/v1
kind: Deployment
metadata: {name: web, labels: {app: web}}
spec:
  replicas: 1
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      serviceAccountName: sa
      containers:
      - name: web
        image: nginx:1.14
        env:
        - {name: A, valueFrom: {configMapKeyRef: {name: cm, key: a}}}
        - {name: B, valueFrom: {secretKeyRef: {name: sec, key: a}}}
        envFrom: [{configMapRef: {name: cm}}]
        args: ["$(VAR)", "x-$(VAR)-$$(VAR)", "$(NOPE)"]
      - name: side
        image: reg.io:5000/a/side@sha256:abc
      initContainers: [{name: i, image: busybox}]
      volumes: [{name: v, configMap: {name: cm}}, {name: s, secret: {secretName: sec}}, {name: p, persistentVolumeClaim: {claimName: pvc}}]
---
apiVersion: v1
kind: ServiceAccount
metadata: {name: sa}
---
apiVersion: v1
kind: PersistentVolumeClaim
metadata: {name: pvc}
spec: {accessModes: [ReadWriteOnce], storageClassName: sc, resources: {requests: {storage: 1Gi}}}
`,
  },
  'prefix-by-kind': {
    'kustomization.yaml': 'resources: [a.yaml]\nnamePrefix: p-\nconfigurations: [conf.yaml]\n',
    'conf.yaml': 'namePrefix: [{path: metadata/name, kind: Secret}]\n',
    'a.yaml': `apiVersion: v1
kind: Secret
metadata: {name: a}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: b}
`,
  },
};
