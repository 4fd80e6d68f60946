export type Files = Readonly<Record<string, string | Uint8Array>>;

/** Resources that many kustomizations work on: what refers to each other, and in which ways. */
export const common: Files = {
  'dep.yaml': `apiVersion: apps/v1
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
  'svc.yaml': `apiVersion: v1
kind: Service
metadata: {name: web, annotations: {note: "$(VAR)"}}
spec: {selector: {app: web}, ports: [{port: 80, name: http}]}
`,
  'rbac.yaml': `apiVersion: rbac.authorization.k8s.io/v1
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
  'misc.yaml': `apiVersion: v1
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
};
