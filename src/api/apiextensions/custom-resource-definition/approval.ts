import type {
  CustomResourceDefinition,
  CustomResourceDefinitionCondition,
} from '../../generated/types/apiextensions.v1.ts';

export const approvalAnnotation = 'api-approved.kubernetes.io';
const see = 'see https://github.com/kubernetes/enhancements/pull/1111';
const needed = `protected groups must have approval annotation ${JSON.stringify(approvalAnnotation)}`;

type Approval = Pick<CustomResourceDefinitionCondition, 'type' | 'status' | 'reason' | 'message'>;

/**
 * Who approved of a definition in a group of the Kubernetes community (KEP-1111), as the condition
 * KubernetesAPIApprovalPolicyConformant; undefined for other groups, where nobody needs to.
 */
export function apiApproval({ metadata, spec }: CustomResourceDefinition): Approval | undefined {
  if (!/(^|\.)(k8s\.io|kubernetes\.io)$/.test(spec.group ?? '')) return undefined;
  const annotation = metadata.annotations?.[approvalAnnotation] ?? '';
  const condition = (status: string, reason: string, message: string): Approval => ({
    type: 'KubernetesAPIApprovalPolicyConformant',
    status,
    reason,
    message,
  });
  if (annotation === '') return condition('False', 'MissingAnnotation', `${needed}, ${see}`);
  if (annotation.startsWith('unapproved')) {
    return condition('False', 'UnapprovedAnnotation', `not approved: ${JSON.stringify(annotation)}`);
  }
  if (URL.parse(annotation)?.host)
    return condition('True', 'ApprovedAnnotation', `approved in ${annotation}`);
  const either = `${needed} with either a URL or a reason starting with "unapproved", ${see}`;
  return condition('False', 'InvalidAnnotation', either);
}
