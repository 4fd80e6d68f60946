import { type Family, answered, get, invalid, object, patch, post } from '../case.ts';

const ns = 'namespaces/services';
const services = `/api/v1/${ns}/services`;
const networking = `/apis/networking.k8s.io/v1/${ns}`;
const port = { port: 80 };
const service = (name: string, spec: object) => object('v1', 'Service', name, { spec });
const bad = (name: string, spec: object, ...causes: readonly [string, string, string][]) =>
  invalid(name, post(services, service('x', spec)), 'Service "x"', ...causes);
const ingress = (spec: object) => object('networking.k8s.io/v1', 'Ingress', 'x', { spec });
const badIngress = (name: string, spec: object, ...causes: readonly [string, string, string][]) =>
  invalid(name, post(`${networking}/ingresses`, ingress(spec)), 'Ingress.networking.k8s.io "x"', ...causes);
const policy = (spec: object) => object('networking.k8s.io/v1', 'NetworkPolicy', 'x', { spec });
const badPolicy = (name: string, spec: object, ...causes: readonly [string, string, string][]) =>
  invalid(
    name,
    post(`${networking}/networkpolicies`, policy(spec)),
    'NetworkPolicy.networking.k8s.io "x"',
    ...causes,
  );
const backend = { service: { name: 's', port: { number: 80 } } };
const required = 'Required value';

/** How pods are reached. */
export const servicesFamily: Family = {
  title: 'Services and networking',
  source: 'pkg/apis/{core,networking,discovery}/validation and pkg/registry/core/service of Kubernetes',
  setup: [
    post('/api/v1/namespaces', object('v1', 'Namespace', 'services')),
    post(services, service('s', { ports: [port] })),
    post(services, service('headless', { clusterIP: 'None', ports: [port] })),
  ],
  cases: [
    answered('a service’s defaults', get(`${services}/s`), 200, {
      body: {
        spec: {
          type: 'ClusterIP',
          sessionAffinity: 'None',
          internalTrafficPolicy: 'Cluster',
          ipFamilies: ['IPv4'],
          ipFamilyPolicy: 'SingleStack',
          clusterIP: /^10\.96\./,
          clusterIPs: [/^10\.96\./],
          ports: [{ port: 80, protocol: 'TCP', targetPort: 80, nodePort: null }],
        },
        status: { loadBalancer: {} },
      },
    }),
    answered('ports of nodes', post(services, service('n', { type: 'NodePort', ports: [port] })), 201, {
      body: { spec: { externalTrafficPolicy: 'Cluster', ports: [{ nodePort: /^3[0-2]\d{3}$/ }] } },
    }),
    invalid('a bad name', post(services, service('A', { ports: [port] })), 'Service "A"', [
      'FieldValueInvalid',
      'metadata.name',
      "Invalid value: \"A\": a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')",
    ]),
    bad('no ports', {}, ['FieldValueRequired', 'spec.ports', required]),
    bad(
      'two ports without names',
      { ports: [port, { port: 81 }] },
      ['FieldValueRequired', 'spec.ports[0].name', required],
      ['FieldValueRequired', 'spec.ports[1].name', required],
    ),
    bad(
      'a port out of range',
      { ports: [{ port: 0 }] },
      ['FieldValueInvalid', 'spec.ports[0].port', 'Invalid value: 0: must be between 1 and 65535, inclusive'],
      [
        'FieldValueInvalid',
        'spec.ports[0].targetPort',
        'Invalid value: 0: must be between 1 and 65535, inclusive',
      ],
    ),
    bad('a port of nodes that has none', { ports: [{ port: 80, nodePort: 30_080 }] }, [
      'FieldValueForbidden',
      'spec.ports[0].nodePort',
      "Forbidden: may not be used when `type` is 'ClusterIP'",
    ]),
    bad('a port of nodes out of range', { type: 'NodePort', ports: [{ port: 80, nodePort: 80 }] }, [
      'FieldValueInvalid',
      'spec.ports[0].nodePort',
      'Invalid value: 80: provided port is not in the valid range. The range of valid ports is 30000-32767',
    ]),
    bad('an address out of range', { clusterIP: '10.1.2.3', ports: [port] }, [
      'FieldValueInvalid',
      'spec.clusterIPs',
      'Invalid value: ["10.1.2.3"]: failed to allocate IP 10.1.2.3: the provided network does not match the current range',
    ]),
    bad('no such type', { type: 'Foo', ports: [port] }, [
      'FieldValueNotSupported',
      'spec.type',
      'Unsupported value: "Foo": supported values: "ClusterIP", "ExternalName", "LoadBalancer", "NodePort"',
    ]),
    bad('an external name that is none', { type: 'ExternalName', externalName: '' }, [
      'FieldValueRequired',
      'spec.externalName',
      required,
    ]),
    answered(
      'affinity that is none',
      post(
        services,
        service('affine', { ports: [port], sessionAffinityConfig: { clientIP: { timeoutSeconds: 5 } } }),
      ),
      201,
      { body: { spec: { sessionAffinity: 'None', sessionAffinityConfig: null } } },
    ),
    answered(
      'what is ignored and what is deprecated',
      post(
        `${services}?dryRun=All`,
        service('x', { ports: [port], externalIPs: ['1.2.3.4'], externalName: 'a.b' }),
      ),
      201,
      {
        headers: {
          warning:
            '299 - "spec.externalIPs is deprecated and may no longer be implemented in some clusters", 299 - "spec.externalName is ignored when spec.type is not \\"ExternalName\\""',
        },
      },
    ),
    bad('a traffic policy that nobody outside needs', { ports: [port], externalTrafficPolicy: 'Local' }, [
      'FieldValueInvalid',
      'spec.externalTrafficPolicy',
      'Invalid value: "Local": may only be set for externally-accessible services',
    ]),
    invalid(
      'another address',
      patch(`${services}/s`, 'merge', { spec: { clusterIP: '10.96.0.77', clusterIPs: ['10.96.0.77'] } }),
      'Service "s"',
      ['FieldValueInvalid', 'spec.clusterIPs[0]', 'Invalid value: ["10.96.0.77"]: may not change once set'],
    ),
    answered('a service by type', get(`${services}?fieldSelector=spec.clusterIP%3DNone`), 200, {
      body: { items: [{ metadata: { name: 'headless' } }] },
    }),
    answered(
      'the columns',
      get(`${services}/headless`, { accept: 'application/json;as=Table;v=v1;g=meta.k8s.io' }),
      200,
      {
        body: {
          columnDefinitions: [
            { name: 'Name' },
            { name: 'Type' },
            { name: 'Cluster-IP' },
            { name: 'External-IP' },
            { name: 'Port(s)' },
            { name: 'Age' },
            { name: 'Selector', priority: 1 },
          ],
          rows: [{ cells: ['headless', 'ClusterIP', 'None', '<none>', '80/TCP', /s$/, '<none>'] }],
        },
      },
    ),
    badIngress('an ingress of nothing', {}, [
      'FieldValueInvalid',
      'spec',
      'Invalid value: null: either `defaultBackend` or `rules` must be specified',
    ]),
    badIngress(
      'a path of no type',
      { rules: [{ host: '*.a.b', http: { paths: [{ path: 'a', pathType: 'Exact', backend }] } }] },
      [
        'FieldValueInvalid',
        'spec.rules[0].http.paths[0].path',
        'Invalid value: "a": must be an absolute path',
      ],
    ),
    badIngress(
      'a rule for an address',
      { rules: [{ host: '1.2.3.4', http: { paths: [{ path: '/', pathType: 'Prefix', backend }] } }] },
      [
        'FieldValueInvalid',
        'spec.rules[0].host',
        'Invalid value: "1.2.3.4": must be a DNS name, not an IP address',
      ],
    ),
    badIngress('a backend of no port', { defaultBackend: { service: { name: 's' } } }, [
      'FieldValueRequired',
      'spec.defaultBackend',
      'Required value: port name or number is required',
    ]),
    badPolicy('no such direction', { podSelector: {}, policyTypes: ['Up'] }, [
      'FieldValueNotSupported',
      'spec.policyTypes[0]',
      'Unsupported value: "Up": supported values: "Ingress", "Egress"',
    ]),
    badPolicy('a peer of nothing', { podSelector: {}, ingress: [{ from: [{}] }] }, [
      'FieldValueRequired',
      'spec.ingress[0].from[0]',
      'Required value: must specify a peer',
    ]),
    badPolicy('a block that is none', { podSelector: {}, egress: [{ to: [{ ipBlock: { cidr: 'x' } }] }] }, [
      'FieldValueInvalid',
      'spec.egress[0].to[0].ipBlock.cidr',
      'Invalid value: "x": must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)',
    ]),
    badPolicy(
      'a range of ports that ends before it begins',
      { podSelector: {}, ingress: [{ ports: [{ port: 10, endPort: 5 }] }] },
      [
        'FieldValueInvalid',
        'spec.ingress[0].ports[0].endPort',
        'Invalid value: 10: must be greater than or equal to `port`',
      ],
    ),
    invalid(
      'a slice of no kind',
      post(
        `/apis/discovery.k8s.io/v1/${ns}/endpointslices`,
        object('discovery.k8s.io/v1', 'EndpointSlice', 'x', { addressType: 'IPv5', endpoints: [] }),
      ),
      'EndpointSlice.discovery.k8s.io "x"',
      [
        'FieldValueNotSupported',
        'addressType',
        'Unsupported value: "IPv5": supported values: "FQDN", "IPv4", "IPv6"',
      ],
    ),
    invalid(
      'an endpoint without an address',
      post(
        `/apis/discovery.k8s.io/v1/${ns}/endpointslices`,
        object('discovery.k8s.io/v1', 'EndpointSlice', 'x', {
          addressType: 'IPv4',
          endpoints: [{ addresses: [] }],
        }),
      ),
      'EndpointSlice.discovery.k8s.io "x"',
      ['FieldValueRequired', 'endpoints[0].addresses', 'Required value: must contain at least 1 address'],
    ),
  ],
};
