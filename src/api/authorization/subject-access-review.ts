import { defineResource } from '../definition.ts';
import type { SubjectAccessReview } from '../generated/types/authorization.v1.ts';

/** Asks whether somebody may do something. Answered at once; never stored. */
export const subjectAccessReviewResource = defineResource<SubjectAccessReview>({
  group: 'authorization.k8s.io',
  versions: [{ version: 'v1', schema: 'io.k8s.api.authorization.v1.SubjectAccessReview' }],
  kind: 'SubjectAccessReview',
  resource: 'subjectaccessreviews',
  singular: 'subjectaccessreview',
  namespaced: false,
  verbs: ['create'],
  strategy: {},
});
