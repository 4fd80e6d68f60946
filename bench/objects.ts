export const namespace = 'bench';

const kib = 'x'.repeat(1024);

export function configMapText(name: string, seq: string): string {
  return JSON.stringify({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name, namespace, labels: { app: 'bench' } },
    data: { seq, payload: kib },
  });
}

/** A pod of ordinary size that no scheduler takes. */
export function podText(i: number, status?: object): string {
  return JSON.stringify({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name: `pod-${i}`,
      namespace,
      labels: { app: 'bench', tier: i % 2 ? 'front' : 'back', idx: String(i % 100) },
      annotations: { 'bench.example/owner': 'load-generator' },
    },
    spec: {
      schedulerName: 'nobody-serves-this',
      automountServiceAccountToken: false,
      terminationGracePeriodSeconds: 0,
      containers: [
        {
          name: 'main',
          image: 'registry.example/app/web:1.4.2',
          command: ['/bin/web', '--listen=:8080'],
          env: [
            { name: 'LOG_LEVEL', value: 'info' },
            { name: 'POD_NAME', valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } },
          ],
          ports: [{ name: 'http', containerPort: 8080 }],
          resources: { requests: { cpu: '100m', memory: '64Mi' }, limits: { cpu: '500m', memory: '128Mi' } },
          readinessProbe: { httpGet: { path: '/healthz', port: 'http' }, periodSeconds: 5 },
          volumeMounts: [{ name: 'config', mountPath: '/etc/app' }],
        },
      ],
      volumes: [{ name: 'config', configMap: { name: 'app-config', optional: true } }],
    },
    ...(status ? { status } : {}),
  });
}
