import type { ResourceQuota } from '#api/generated/types/core.v1.ts';
import type { PriorityClass } from '#api/generated/types/scheduling.v1.ts';
import { canonicalQuantity } from '#machinery/quantity.ts';
import { defineDescriber } from './describer.ts';

export const resourceQuotaDescriber = defineDescriber<ResourceQuota>(
  '',
  'ResourceQuota',
  (text, { metadata, spec, status }) => {
    text.field(0, 'Name', metadata.name).field(0, 'Namespace', metadata.namespace);
    if (spec?.scopes?.length) text.field(0, 'Scopes', spec.scopes.join(', '));
    text.line(0, 'Resource\tUsed\tHard').line(0, '--------\t----\t----');
    for (const name of Object.keys(status?.hard ?? {}).sort())
      text.line(
        0,
        `${name}\t${canonicalQuantity(status?.used?.[name] ?? '0')}\t${canonicalQuantity(status!.hard![name]!)}`,
      );
  },
  { events: false },
);

export const priorityClassDescriber = defineDescriber<PriorityClass>(
  'scheduling.k8s.io',
  'PriorityClass',
  (text, object) => {
    text.field(0, 'Name', object.metadata.name).field(0, 'Value', object.value);
    text.field(0, 'GlobalDefault', object.globalDefault ?? false);
    if (object.preemptionPolicy) text.field(0, 'PreemptionPolicy', object.preemptionPolicy);
    text.field(0, 'Description', object.description);
    text.annotations('Annotations', object.metadata.annotations);
  },
);
