import { append } from '#base/append.ts';
import { age, ageColumn, column, nameColumn, wideColumn } from '../columns.ts';
import { defineResource } from '../definition.ts';
import type { Node, Taint } from '../generated/types/core.v1.ts';
import { type FieldError, FieldPath, fieldError } from '#machinery/field.ts';
import { deepEqual } from '#base/equal.ts';
import { checkLegacyCidr } from '#machinery/ip.ts';
import { validateLabelName } from '#machinery/metadata.ts';
import { checkLabelValue } from '#machinery/names.ts';
import { validateResourceAmount } from './pod/validate-resources.ts';
import { taintEffects } from './pod/validate-scheduling.ts';
import { cidrWarnings } from '../address-warnings.ts';
import { duplicates, invalidEach, requiredOneOf } from '../validation.ts';

const rolePrefix = 'node-role.kubernetes.io/';

function statusText(object: Node): string {
  const ready = (object.status?.conditions ?? []).find(condition => condition.type === 'Ready');
  const status = !ready ? 'Unknown' : ready.status === 'True' ? 'Ready' : 'NotReady';
  return object.spec?.unschedulable ? `${status},SchedulingDisabled` : status;
}

function rolesText(object: Node): string {
  const roles = new Set<string>();
  for (const [key, value] of Object.entries(object.metadata.labels ?? {})) {
    if (key.startsWith(rolePrefix) && key.length > rolePrefix.length) roles.add(key.slice(rolePrefix.length));
    else if (key === 'kubernetes.io/role' && value !== '') roles.add(value);
  }
  return [...roles].sort().join(',') || '<none>';
}

function address(object: Node, type: string): string {
  return (object.status?.addresses ?? []).find(a => a.type === type)?.address ?? '<none>';
}

/** podCIDR is the first of podCIDRs. */
function setDefaults({ spec, status }: Node): void {
  if (spec?.podCIDR && !spec.podCIDRs?.length) spec.podCIDRs = [spec.podCIDR];
  if (spec?.podCIDRs?.[0]) spec.podCIDR = spec.podCIDRs[0];
  if (status?.capacity) status.allocatable ??= { ...status.capacity };
}

const spec = FieldPath.of('spec');

function validateTaints(taints: readonly Taint[] | undefined): FieldError[] {
  const path = FieldPath.of('metadata', 'taints');
  const seen = new Set<string>();
  return (taints ?? []).flatMap((taint, i) => {
    const { key, value = '', effect } = taint;
    const at = path.index(i);
    const errors = validateLabelName(key, at.child('key'));
    const messages = checkLabelValue(value);
    if (messages.length > 0) errors.push(fieldError.invalid(at.child('value'), value, messages.join(';')));
    append(errors, requiredOneOf(at.child('effect'), effect, taintEffects));
    if (seen.has(`${key}/${effect}`)) {
      const error = fieldError.duplicate(at, taint);
      errors.push({ ...error, message: `${error.message}: taints must be unique by key and effect pair` });
    }
    seen.add(`${key}/${effect}`);
    return errors;
  });
}

function validateResources({ status }: Node): FieldError[] {
  return (['capacity', 'allocatable'] as const).flatMap(name =>
    Object.entries(status?.[name] ?? {}).flatMap(([resource, amount]) =>
      validateResourceAmount(FieldPath.of('status', name, resource), resource, amount),
    ),
  );
}

function validatePodCidrs(cidrs: readonly string[]): FieldError[] {
  const path = spec.child('podCIDRs');
  const errors = cidrs.flatMap((cidr, i) => invalidEach(path.index(i), cidr, checkLegacyCidr(cidr)));
  const families = new Set(cidrs.map(cidr => cidr.includes(':')));
  if (cidrs.length > families.size) {
    errors.push(fieldError.invalid(path, cidrs, 'may specify no more than one CIDR for each IP family'));
  }
  return [...errors, ...duplicates(path, cidrs)];
}

function validate(object: Node): FieldError[] {
  return [
    ...validateTaints(object.spec?.taints),
    ...validateResources(object),
    ...validatePodCidrs(object.spec?.podCIDRs ?? []),
  ];
}

function validateUpdate({ spec: now }: Node, { spec: old }: Node): FieldError[] {
  const errors: FieldError[] = [];
  if (old?.podCIDRs?.length && !deepEqual(now?.podCIDRs, old.podCIDRs)) {
    const detail = 'node updates may not change podCIDR except from "" to valid';
    errors.push(fieldError.forbidden(spec.child('podCIDRs'), detail));
  }
  if (old?.providerID && now?.providerID !== old.providerID) {
    const detail = 'node updates may not change providerID except from "" to valid';
    errors.push(fieldError.forbidden(spec.child('providerID'), detail));
  }
  if ((now?.externalID ?? '') !== (old?.externalID ?? '')) {
    errors.push(fieldError.forbidden(spec.child('externalID'), 'may not be updated'));
  }
  return errors;
}

/** Nodes take no configuration from here any more, and so do not report which. */
function prepareForStatusUpdate({ status }: Node, old: Node): void {
  if (status && !old.status?.config) delete status.config;
}

function validateStatusUpdate(object: Node): FieldError[] {
  const errors = validateResources(object);
  const addresses = object.status?.addresses ?? [];
  addresses.forEach((one, i) => {
    if (addresses.findIndex(other => deepEqual(one, other)) < i) {
      errors.push(fieldError.duplicate(FieldPath.of('status', 'addresses').index(i), one));
    }
  });
  return errors;
}

function warnings({ spec: given }: Node): string[] {
  const removed = given?.configSource !== undefined;
  const unused = Boolean(given?.externalID);
  return [
    ...(removed ? ['spec.configSource: the feature is removed'] : []),
    ...(unused ? ['spec.externalID: this field is deprecated, and is unused by Kubernetes'] : []),
    ...(given?.podCIDRs ?? []).flatMap((cidr, i) => cidrWarnings(spec.child('podCIDRs').index(i), cidr)),
  ];
}

export const nodeResource = defineResource<Node>({
  group: '',
  versions: [{ version: 'v1', schema: 'io.k8s.api.core.v1.Node' }],
  kind: 'Node',
  resource: 'nodes',
  singular: 'node',
  shortNames: ['no'],
  namespaced: false,
  statusSubresource: true,
  extraSubresources: [
    {
      name: 'proxy',
      kind: 'NodeProxyOptions',
      verbs: ['create', 'delete', 'get', 'patch', 'update'],
    },
  ],
  strategy: {
    generation: false,
    createsStatus: true,
    setDefaults,
    validate,
    validateUpdate,
    prepareForStatusUpdate,
    validateStatusUpdate,
    warnings,
  },
  selectableFields: {
    'spec.unschedulable': object => String(object.spec?.unschedulable ?? false),
  },
  columns: [
    nameColumn,
    column('Status'),
    column('Roles'),
    ageColumn,
    column('Version'),
    wideColumn('Internal-IP'),
    wideColumn('External-IP'),
    wideColumn('OS-Image'),
    wideColumn('Kernel-Version'),
    wideColumn('Container-Runtime'),
  ],
  row: (object, nowMs) => {
    const info = object.status?.nodeInfo;
    return [
      object.metadata.name,
      statusText(object),
      rolesText(object),
      age(object, nowMs),
      info?.kubeletVersion ?? '',
      address(object, 'InternalIP'),
      address(object, 'ExternalIP'),
      info?.osImage || '<unknown>',
      info?.kernelVersion || '<unknown>',
      info?.containerRuntimeVersion || '<unknown>',
    ];
  },
});
