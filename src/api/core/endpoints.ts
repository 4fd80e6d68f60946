import { append } from '#base/append.ts';
import { age, ageColumn, column, nameColumn } from '../columns.ts';
import { defineResource } from '../definition.ts';
import type { EndpointAddress, EndpointSubset, Endpoints } from '../generated/types/core.v1.ts';
import { type FieldError, FieldPath, fieldError } from '#machinery/field.ts';
import { checkLegacyIp, joinHostPort, parseIpSloppy } from '#machinery/ip.ts';
import {
  checkDns1123Label,
  checkDns1123Subdomain,
  checkPortNumber,
  checkQualifiedName,
} from '#machinery/names.ts';
import { ipWarnings } from '../address-warnings.ts';
import { validateAddressScope } from '../address-validation.ts';
import { definedName, invalidEach, optionalName, requiredOneOf } from '../validation.ts';

const shownMax = 3;

function endpointsText(object: Endpoints): string {
  const all = (object.subsets ?? []).flatMap(({ addresses = [], ports = [] }) =>
    ports.length === 0
      ? addresses.map(address => address.ip)
      : ports.flatMap(port => addresses.map(address => joinHostPort(address.ip, port.port))),
  );
  if ((object.subsets ?? []).length === 0) return '<none>';
  const shown = all.slice(0, shownMax).join(',');
  return all.length > shownMax ? `${shown} + ${all.length - shownMax} more...` : shown;
}

function setDefaults(object: Endpoints): void {
  for (const { ports } of object.subsets ?? []) {
    for (const port of ports ?? []) port.protocol ||= 'TCP';
  }
}

const protocols = ['SCTP', 'TCP', 'UDP'];

function validateAddress(path: FieldPath, { ip, hostname, nodeName }: EndpointAddress): FieldError[] {
  return [
    ...invalidEach(path.child('ip'), ip, checkLegacyIp(ip)),
    ...optionalName(path.child('hostname'), hostname, checkDns1123Label),
    ...definedName(path.child('nodeName'), nodeName, checkDns1123Subdomain),
    ...(parseIpSloppy(ip)
      ? validateAddressScope(path.child('ip'), ip)
      : [fieldError.invalid(path.child('ip'), ip, 'must be a valid IP address')]),
  ];
}

function validateSubset(path: FieldPath, subset: EndpointSubset): FieldError[] {
  const { addresses = [], notReadyAddresses = [], ports = [] } = subset;
  const errors: FieldError[] = [];
  if (addresses.length === 0 && notReadyAddresses.length === 0) {
    errors.push(fieldError.required(path, 'must specify `addresses` or `notReadyAddresses`'));
  }
  addresses.forEach((address, i) => {
    append(errors, validateAddress(path.child('addresses').index(i), address));
  });
  notReadyAddresses.forEach((address, i) => {
    append(errors, validateAddress(path.child('notReadyAddresses').index(i), address));
  });
  ports.forEach(({ name, port, protocol, appProtocol }, i) => {
    const at = path.child('ports').index(i);
    if (ports.length > 1 && !name) errors.push(fieldError.required(at.child('name')));
    append(
      errors,
      optionalName(at.child('name'), name, checkDns1123Label),
      invalidEach(at.child('port'), port, checkPortNumber(port)),
      requiredOneOf(at.child('protocol'), protocol, protocols),
      definedName(at.child('appProtocol'), appProtocol, checkQualifiedName),
    );
  });
  return errors;
}

function validate(object: Endpoints): FieldError[] {
  return (object.subsets ?? []).flatMap((subset, i) =>
    validateSubset(FieldPath.of('subsets').index(i), subset),
  );
}

/** The addresses of what a controller of our own writes are those of pods, which have been looked at. */
function warnings({ metadata, subsets }: Endpoints): string[] {
  if (metadata.labels?.['endpoints.kubernetes.io/managed-by'] === 'endpoint-controller') return [];
  return (subsets ?? []).flatMap((subset, i) =>
    (['addresses', 'notReadyAddresses'] as const).flatMap(name =>
      (subset[name] ?? []).flatMap(({ ip }, j) =>
        ipWarnings(FieldPath.of('subsets').index(i).child(name).index(j).child('ip'), ip),
      ),
    ),
  );
}

export const endpointsResource = defineResource<Endpoints>({
  group: '',
  versions: [
    {
      version: 'v1',
      schema: 'io.k8s.api.core.v1.Endpoints',
      deprecationWarning: 'v1 Endpoints is deprecated in v1.33+; use discovery.k8s.io/v1 EndpointSlice',
    },
  ],
  kind: 'Endpoints',
  resource: 'endpoints',
  singular: 'endpoints',
  shortNames: ['ep'],
  namespaced: true,
  strategy: {
    metadataPasses: { update: ['update', 'create'] },
    allowCreateOnUpdate: true,
    generation: false,
    setDefaults,
    validate,
    warnings,
  },
  columns: [nameColumn, column('Endpoints'), ageColumn],
  row: (object, nowMs) => [object.metadata.name, endpointsText(object), age(object, nowMs)],
});
