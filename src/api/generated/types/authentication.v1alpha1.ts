// Written by tools/generate-api. Do not edit.
import type { ObjectMeta } from '#machinery/object.ts';
import type * as authentication_v1 from './authentication.v1.ts';

export interface SelfSubjectReview {
  kind: string;
  apiVersion: string;
  metadata: ObjectMeta;
  status?: SelfSubjectReviewStatus;
}

export interface SelfSubjectReviewStatus {
  userInfo?: authentication_v1.UserInfo;
}
