import { checkOperations } from '../operations.ts';
import { row } from '../row.ts';

export const ingressRows = [
  row('Ingress API should support creating Ingress API operations', t =>
    checkOperations(t, {
      resource: t.api.ingresses,
      make: name => ({
        metadata: { name },
        spec: { defaultBackend: { service: { name: 'default-backend', port: { number: 80 } } } },
      }),
      status: { loadBalancer: { ingress: [{ ip: '169.1.1.1' }] } },
      subresources: ['status'],
    }),
  ),

  row('IngressClass API should support creating IngressClass API operations', t =>
    checkOperations(t, {
      resource: t.api.ingressClasses,
      make: name => ({ metadata: { name }, spec: { controller: 'example.com/controller' } }),
    }),
  ),
];
