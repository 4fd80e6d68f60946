// Written by tools/generate-api. Do not edit.
export const internals = String.raw`
abac.Policy Spec:abac.PolicySpec
abac.PolicySpec User:s Group:s Readonly:b APIGroup:s Resource:s Namespace:s NonResourcePath:s
admission.AdmissionRequest UID:s Kind:v Resource:v SubResource:s RequestKind:*v RequestResource:*v RequestSubResource:s Name:s Namespace:s Operation:s UserInfo:authentication.UserInfo Object:v OldObject:v DryRun:*b Options:v
admission.AdmissionResponse UID:s Allowed:b Result=status:*v Patch:v PatchType:*s AuditAnnotations:{s Warnings:[s
admission.AdmissionReview Request:*admission.AdmissionRequest Response:*admission.AdmissionResponse
admissionregistration.ApplyConfiguration Expression:s
admissionregistration.AuditAnnotation Key:s ValueExpression:s
admissionregistration.ExpressionWarning FieldRef:s Warning:s
admissionregistration.JSONPatch Expression:s
admissionregistration.MatchCondition Name:s Expression:s
admissionregistration.MatchResources NamespaceSelector:*v{ ObjectSelector:*v{ ResourceRules:[admissionregistration.NamedRuleWithOperations ExcludeResourceRules:[admissionregistration.NamedRuleWithOperations MatchPolicy:*s
admissionregistration.MutatingAdmissionPolicy +:meta Spec:admissionregistration.MutatingAdmissionPolicySpec
admissionregistration.MutatingAdmissionPolicyBinding +:meta Spec:admissionregistration.MutatingAdmissionPolicyBindingSpec
admissionregistration.MutatingAdmissionPolicyBindingList Items:[admissionregistration.MutatingAdmissionPolicyBinding
admissionregistration.MutatingAdmissionPolicyBindingSpec PolicyName:s ParamRef:*admissionregistration.ParamRef MatchResources:*admissionregistration.MatchResources
admissionregistration.MutatingAdmissionPolicyList Items:[admissionregistration.MutatingAdmissionPolicy
admissionregistration.MutatingAdmissionPolicySpec ParamKind:*admissionregistration.ParamKind MatchConstraints:*admissionregistration.MatchResources Variables:[admissionregistration.Variable Mutations:[admissionregistration.Mutation FailurePolicy:*s MatchConditions:[admissionregistration.MatchCondition ReinvocationPolicy:s
admissionregistration.MutatingWebhook Name:s ClientConfig:admissionregistration.WebhookClientConfig Rules:[admissionregistration.RuleWithOperations FailurePolicy:*s MatchPolicy:*s NamespaceSelector:*v{ ObjectSelector:*v{ SideEffects:*s TimeoutSeconds:*n AdmissionReviewVersions:[s ReinvocationPolicy:*s MatchConditions:[admissionregistration.MatchCondition
admissionregistration.MutatingWebhookConfiguration +:meta Webhooks:[admissionregistration.MutatingWebhook
admissionregistration.MutatingWebhookConfigurationList Items:[admissionregistration.MutatingWebhookConfiguration
admissionregistration.Mutation PatchType:s ApplyConfiguration:*admissionregistration.ApplyConfiguration JSONPatch:*admissionregistration.JSONPatch
admissionregistration.NamedRuleWithOperations ResourceNames:[s RuleWithOperations:admissionregistration.RuleWithOperations
admissionregistration.ParamKind APIVersion:s Kind:s
admissionregistration.ParamRef Name:s Namespace:s Selector:*v{ ParameterNotFoundAction:*s
admissionregistration.Rule APIGroups:[s APIVersions:[s Resources:[s Scope:*s
admissionregistration.RuleWithOperations Operations:[s +:admissionregistration.Rule
admissionregistration.ServiceReference Namespace:s Name:s Path:*s Port:n
admissionregistration.TypeChecking ExpressionWarnings:[admissionregistration.ExpressionWarning
admissionregistration.ValidatingAdmissionPolicy +:meta Spec:admissionregistration.ValidatingAdmissionPolicySpec Status:admissionregistration.ValidatingAdmissionPolicyStatus
admissionregistration.ValidatingAdmissionPolicyBinding +:meta Spec:admissionregistration.ValidatingAdmissionPolicyBindingSpec
admissionregistration.ValidatingAdmissionPolicyBindingList Items:[admissionregistration.ValidatingAdmissionPolicyBinding
admissionregistration.ValidatingAdmissionPolicyBindingSpec PolicyName:s ParamRef:*admissionregistration.ParamRef MatchResources:*admissionregistration.MatchResources ValidationActions:[s
admissionregistration.ValidatingAdmissionPolicyList Items:[admissionregistration.ValidatingAdmissionPolicy
admissionregistration.ValidatingAdmissionPolicySpec ParamKind:*admissionregistration.ParamKind MatchConstraints:*admissionregistration.MatchResources Validations:[admissionregistration.Validation MatchConditions:[admissionregistration.MatchCondition FailurePolicy:*s AuditAnnotations:[admissionregistration.AuditAnnotation Variables:[admissionregistration.Variable
admissionregistration.ValidatingAdmissionPolicyStatus ObservedGeneration:n TypeChecking:*admissionregistration.TypeChecking Conditions:[v
admissionregistration.ValidatingWebhook Name:s ClientConfig:admissionregistration.WebhookClientConfig Rules:[admissionregistration.RuleWithOperations FailurePolicy:*s MatchPolicy:*s NamespaceSelector:*v{ ObjectSelector:*v{ SideEffects:*s TimeoutSeconds:*n AdmissionReviewVersions:[s MatchConditions:[admissionregistration.MatchCondition
admissionregistration.ValidatingWebhookConfiguration +:meta Webhooks:[admissionregistration.ValidatingWebhook
admissionregistration.ValidatingWebhookConfigurationList Items:[admissionregistration.ValidatingWebhookConfiguration
admissionregistration.Validation Expression:s Message:s Reason:*v MessageExpression:s
admissionregistration.Variable Name:s Expression:s
admissionregistration.WebhookClientConfig URL:*s Service:*admissionregistration.ServiceReference CABundle:v
apidiscovery.APIGroupDiscovery +:meta Versions:[apidiscovery.APIVersionDiscovery
apidiscovery.APIGroupDiscoveryList Items:[apidiscovery.APIGroupDiscovery
apidiscovery.APIResourceDiscovery Resource:s ResponseKind:*v Scope:s SingularResource:s Verbs:[s ShortNames:[s Categories:[s Subresources:[apidiscovery.APISubresourceDiscovery
apidiscovery.APISubresourceDiscovery Subresource:s ResponseKind:*v AcceptedTypes:[v Verbs:[s
apidiscovery.APIVersionDiscovery Version:s Resources:[apidiscovery.APIResourceDiscovery Freshness:s
apiextensions.CustomResourceColumnDefinition Name:s Type:s Format:s Description:s Priority:n JSONPath:s
apiextensions.CustomResourceConversion Strategy:s WebhookClientConfig:*apiextensions.WebhookClientConfig ConversionReviewVersions:[s
apiextensions.CustomResourceDefinition +:meta Spec:apiextensions.CustomResourceDefinitionSpec Status:apiextensions.CustomResourceDefinitionStatus
apiextensions.CustomResourceDefinitionCondition Type:s Status:s LastTransitionTime:v Reason:s Message:s ObservedGeneration:n
apiextensions.CustomResourceDefinitionList Items:[apiextensions.CustomResourceDefinition
apiextensions.CustomResourceDefinitionNames Plural:s Singular:s ShortNames:[s Kind:s ListKind:s Categories:[s
apiextensions.CustomResourceDefinitionSpec Group:s Version:s Names:apiextensions.CustomResourceDefinitionNames Scope:s Validation:*apiextensions.CustomResourceValidation Subresources:*apiextensions.CustomResourceSubresources Versions:[apiextensions.CustomResourceDefinitionVersion AdditionalPrinterColumns:[apiextensions.CustomResourceColumnDefinition SelectableFields:[apiextensions.SelectableField Conversion:*apiextensions.CustomResourceConversion PreserveUnknownFields:*b
apiextensions.CustomResourceDefinitionStatus Conditions:[apiextensions.CustomResourceDefinitionCondition AcceptedNames:apiextensions.CustomResourceDefinitionNames StoredVersions:[s ObservedGeneration:n
apiextensions.CustomResourceDefinitionVersion Name:s Served:b Storage:b Deprecated:b DeprecationWarning:*s Schema:*apiextensions.CustomResourceValidation Subresources:*apiextensions.CustomResourceSubresources AdditionalPrinterColumns:[apiextensions.CustomResourceColumnDefinition SelectableFields:[apiextensions.SelectableField
apiextensions.CustomResourceSubresourceScale SpecReplicasPath:s StatusReplicasPath:s LabelSelectorPath:*s
apiextensions.CustomResourceSubresources Status:*apiextensions.CustomResourceSubresourceStatus Scale:*apiextensions.CustomResourceSubresourceScale
apiextensions.CustomResourceValidation OpenAPIV3Schema:*apiextensions.JSONSchemaProps
apiextensions.ExternalDocumentation Description:s URL:s
apiextensions.JSONSchemaProps ID:s Schema=$schema:s Ref=$ref:*s Description:s Type:s Nullable:b Format:s Title:s Default:*v Maximum:*n ExclusiveMaximum:b Minimum:*n ExclusiveMinimum:b MaxLength:*n MinLength:*n Pattern:s MaxItems:*n MinItems:*n UniqueItems:b MultipleOf:*n Enum:[v MaxProperties:*n MinProperties:*n Required:[s Items:*apiextensions.JSONSchemaPropsOrArray AllOf:[apiextensions.JSONSchemaProps OneOf:[apiextensions.JSONSchemaProps AnyOf:[apiextensions.JSONSchemaProps Not:*apiextensions.JSONSchemaProps Properties:{apiextensions.JSONSchemaProps AdditionalProperties:*apiextensions.JSONSchemaPropsOrBool PatternProperties:{apiextensions.JSONSchemaProps Dependencies:{apiextensions.JSONSchemaPropsOrStringArray AdditionalItems:*apiextensions.JSONSchemaPropsOrBool Definitions:{apiextensions.JSONSchemaProps ExternalDocs:*apiextensions.ExternalDocumentation Example:*v XPreserveUnknownFields=x-kubernetes-preserve-unknown-fields:*b XEmbeddedResource=x-kubernetes-embedded-resource:b XIntOrString=x-kubernetes-int-or-string:b XListMapKeys=x-kubernetes-list-map-keys:[s XListType=x-kubernetes-list-type:*s XMapType=x-kubernetes-map-type:*s XValidations=x-kubernetes-validations:[apiextensions.ValidationRule
apiextensions.JSONSchemaPropsOrArray Schema:*apiextensions.JSONSchemaProps JSONSchemas:[apiextensions.JSONSchemaProps
apiextensions.JSONSchemaPropsOrBool Allows:b Schema:*apiextensions.JSONSchemaProps
apiextensions.JSONSchemaPropsOrStringArray Schema:*apiextensions.JSONSchemaProps Property:[s
apiextensions.SelectableField JSONPath:s
apiextensions.ServiceReference Namespace:s Name:s Path:*s Port:n
apiextensions.ValidationRule Rule:s Message:s MessageExpression:s Reason:*s FieldPath:s OptionalOldSelf:*b
apiextensions.WebhookClientConfig URL:*s Service:*apiextensions.ServiceReference CABundle:v
apiregistration.APIService +:meta Spec:apiregistration.APIServiceSpec Status:apiregistration.APIServiceStatus
apiregistration.APIServiceCondition Type:s Status:s LastTransitionTime:v Reason:s Message:s
apiregistration.APIServiceList Items:[apiregistration.APIService
apiregistration.APIServiceSpec Service:*apiregistration.ServiceReference Group:s Version:s InsecureSkipTLSVerify:b CABundle:v GroupPriorityMinimum:n VersionPriority:n
apiregistration.APIServiceStatus Conditions:[apiregistration.APIServiceCondition
apiregistration.ServiceReference Namespace:s Name:s Port:n
apiserverinternal.ServerStorageVersion APIServerID:s EncodingVersion:s DecodableVersions:[s ServedVersions:[s
apiserverinternal.StorageVersion +:meta Spec:apiserverinternal.StorageVersionSpec Status:apiserverinternal.StorageVersionStatus
apiserverinternal.StorageVersionCondition Type:s Status:s ObservedGeneration:n LastTransitionTime:v Reason:s Message:s
apiserverinternal.StorageVersionList Items:[apiserverinternal.StorageVersion
apiserverinternal.StorageVersionStatus StorageVersions:[apiserverinternal.ServerStorageVersion CommonEncodingVersion:*s Conditions:[apiserverinternal.StorageVersionCondition
apps.ControllerRevision +:meta Data:v Revision:n
apps.ControllerRevisionList Items:[apps.ControllerRevision
apps.DaemonSet +:meta Spec:apps.DaemonSetSpec Status:apps.DaemonSetStatus
apps.DaemonSetCondition Type:s Status:s LastTransitionTime:v Reason:s Message:s
apps.DaemonSetList Items:[apps.DaemonSet
apps.DaemonSetSpec Selector:*v{ Template:core.PodTemplateSpec UpdateStrategy:apps.DaemonSetUpdateStrategy MinReadySeconds:n TemplateGeneration:n RevisionHistoryLimit:*n
apps.DaemonSetStatus CurrentNumberScheduled:n NumberMisscheduled:n DesiredNumberScheduled:n NumberReady:n ObservedGeneration:n UpdatedNumberScheduled:n NumberAvailable:n NumberUnavailable:n CollisionCount:*n Conditions:[apps.DaemonSetCondition
apps.DaemonSetUpdateStrategy Type:s RollingUpdate:*apps.RollingUpdateDaemonSet
apps.Deployment +:meta Spec:apps.DeploymentSpec Status:apps.DeploymentStatus
apps.DeploymentCondition Type:s Status:s LastUpdateTime:v LastTransitionTime:v Reason:s Message:s
apps.DeploymentList Items:[apps.Deployment
apps.DeploymentRollback Name:s UpdatedAnnotations:{s RollbackTo:apps.RollbackConfig
apps.DeploymentSpec Replicas:n Selector:*v{ Template:core.PodTemplateSpec Strategy:apps.DeploymentStrategy MinReadySeconds:n RevisionHistoryLimit:*n Paused:b RollbackTo:*apps.RollbackConfig ProgressDeadlineSeconds:*n
apps.DeploymentStatus ObservedGeneration:n Replicas:n UpdatedReplicas:n ReadyReplicas:n AvailableReplicas:n UnavailableReplicas:n TerminatingReplicas:*n Conditions:[apps.DeploymentCondition CollisionCount:*n
apps.DeploymentStrategy Type:s RollingUpdate:*apps.RollingUpdateDeployment
apps.ReplicaSet +:meta Spec:apps.ReplicaSetSpec Status:apps.ReplicaSetStatus
apps.ReplicaSetCondition Type:s Status:s LastTransitionTime:v Reason:s Message:s
apps.ReplicaSetList Items:[apps.ReplicaSet
apps.ReplicaSetSpec Replicas:n MinReadySeconds:n Selector:*v{ Template:core.PodTemplateSpec
apps.ReplicaSetStatus Replicas:n FullyLabeledReplicas:n ReadyReplicas:n AvailableReplicas:n TerminatingReplicas:*n ObservedGeneration:n Conditions:[apps.ReplicaSetCondition
apps.RollbackConfig Revision:n
apps.RollingUpdateDaemonSet MaxUnavailable:v0 MaxSurge:v0
apps.RollingUpdateDeployment MaxUnavailable:v0 MaxSurge:v0
apps.RollingUpdateStatefulSetStrategy Partition:n MaxUnavailable:*v0
apps.StatefulSet +:meta Spec:apps.StatefulSetSpec Status:apps.StatefulSetStatus
apps.StatefulSetCondition Type:s Status:s LastTransitionTime:v Reason:s Message:s
apps.StatefulSetList Items:[apps.StatefulSet
apps.StatefulSetOrdinals Start:n
apps.StatefulSetPersistentVolumeClaimRetentionPolicy WhenDeleted:s WhenScaled:s
apps.StatefulSetSpec Replicas:n Selector:*v{ Template:core.PodTemplateSpec VolumeClaimTemplates:[core.PersistentVolumeClaim ServiceName:s PodManagementPolicy:s UpdateStrategy:apps.StatefulSetUpdateStrategy RevisionHistoryLimit:*n MinReadySeconds:n PersistentVolumeClaimRetentionPolicy:*apps.StatefulSetPersistentVolumeClaimRetentionPolicy Ordinals:*apps.StatefulSetOrdinals
apps.StatefulSetStatus ObservedGeneration:*n Replicas:n ReadyReplicas:n CurrentReplicas:n UpdatedReplicas:n CurrentRevision:s UpdateRevision:s CollisionCount:*n Conditions:[apps.StatefulSetCondition AvailableReplicas:n
apps.StatefulSetUpdateStrategy Type:s RollingUpdate:*apps.RollingUpdateStatefulSetStrategy
authentication.BoundObjectReference Kind:s APIVersion:s Name:s UID:s
authentication.SelfSubjectReview +:meta Status:authentication.SelfSubjectReviewStatus
authentication.SelfSubjectReviewStatus UserInfo:authentication.UserInfo
authentication.TokenRequest +:meta Spec:authentication.TokenRequestSpec Status:authentication.TokenRequestStatus
authentication.TokenRequestSpec Audiences:[s ExpirationSeconds:n BoundObjectRef:*authentication.BoundObjectReference
authentication.TokenRequestStatus Token:s ExpirationTimestamp:v
authentication.TokenReview +:meta Spec:authentication.TokenReviewSpec Status:authentication.TokenReviewStatus
authentication.TokenReviewSpec Token:s Audiences:[s
authentication.TokenReviewStatus Authenticated:b User:authentication.UserInfo Audiences:[s Error:s
authentication.UserInfo Username:s UID:s Groups:[s Extra:{[s
authorization.FieldSelectorAttributes RawSelector:s Requirements:[v
authorization.LabelSelectorAttributes RawSelector:s Requirements:[v
authorization.LocalSubjectAccessReview +:meta Spec:authorization.SubjectAccessReviewSpec Status:authorization.SubjectAccessReviewStatus
authorization.NonResourceAttributes Path:s Verb:s
authorization.NonResourceRule Verbs:[s NonResourceURLs:[s
authorization.ResourceAttributes Namespace:s Verb:s Group:s Version:s Resource:s Subresource:s Name:s FieldSelector:*authorization.FieldSelectorAttributes LabelSelector:*authorization.LabelSelectorAttributes
authorization.ResourceRule Verbs:[s APIGroups:[s Resources:[s ResourceNames:[s
authorization.SelfSubjectAccessReview +:meta Spec:authorization.SelfSubjectAccessReviewSpec Status:authorization.SubjectAccessReviewStatus
authorization.SelfSubjectAccessReviewSpec ResourceAttributes:*authorization.ResourceAttributes NonResourceAttributes:*authorization.NonResourceAttributes
authorization.SelfSubjectRulesReview +:meta Spec:authorization.SelfSubjectRulesReviewSpec Status:authorization.SubjectRulesReviewStatus
authorization.SelfSubjectRulesReviewSpec Namespace:s
authorization.SubjectAccessReview +:meta Spec:authorization.SubjectAccessReviewSpec Status:authorization.SubjectAccessReviewStatus
authorization.SubjectAccessReviewSpec ResourceAttributes:*authorization.ResourceAttributes NonResourceAttributes:*authorization.NonResourceAttributes User:s Groups:[s Extra:{[s UID:s
authorization.SubjectAccessReviewStatus Allowed:b Denied:b Reason:s EvaluationError:s
authorization.SubjectRulesReviewStatus ResourceRules:[authorization.ResourceRule NonResourceRules:[authorization.NonResourceRule Incomplete:b EvaluationError:s
autoscaling.ContainerResourceMetricSource Name:s Container:s Target:autoscaling.MetricTarget
autoscaling.ContainerResourceMetricStatus Name:s Container:s Current:autoscaling.MetricValueStatus
autoscaling.CrossVersionObjectReference Kind:s Name:s APIVersion:s
autoscaling.ExternalMetricSource Metric:autoscaling.MetricIdentifier Target:autoscaling.MetricTarget
autoscaling.ExternalMetricStatus Metric:autoscaling.MetricIdentifier Current:autoscaling.MetricValueStatus
autoscaling.HPAScalingPolicy Type:s Value:n PeriodSeconds:n
autoscaling.HPAScalingRules StabilizationWindowSeconds:*n SelectPolicy:*s Policies:[autoscaling.HPAScalingPolicy Tolerance:*v"
autoscaling.HorizontalPodAutoscaler +:meta Spec:autoscaling.HorizontalPodAutoscalerSpec Status:autoscaling.HorizontalPodAutoscalerStatus
autoscaling.HorizontalPodAutoscalerBehavior ScaleUp:*autoscaling.HPAScalingRules ScaleDown:*autoscaling.HPAScalingRules
autoscaling.HorizontalPodAutoscalerCondition Type:s Status:s LastTransitionTime:v Reason:s Message:s
autoscaling.HorizontalPodAutoscalerList Items:[autoscaling.HorizontalPodAutoscaler
autoscaling.HorizontalPodAutoscalerSpec ScaleTargetRef:autoscaling.CrossVersionObjectReference MinReplicas:*n MaxReplicas:n Metrics:[autoscaling.MetricSpec Behavior:*autoscaling.HorizontalPodAutoscalerBehavior
autoscaling.HorizontalPodAutoscalerStatus ObservedGeneration:*n LastScaleTime:*v CurrentReplicas:n DesiredReplicas:n CurrentMetrics:[autoscaling.MetricStatus Conditions:[autoscaling.HorizontalPodAutoscalerCondition
autoscaling.MetricIdentifier Name:s Selector:*v{
autoscaling.MetricSpec Type:s Object:*autoscaling.ObjectMetricSource Pods:*autoscaling.PodsMetricSource Resource:*autoscaling.ResourceMetricSource ContainerResource:*autoscaling.ContainerResourceMetricSource External:*autoscaling.ExternalMetricSource
autoscaling.MetricStatus Type:s Object:*autoscaling.ObjectMetricStatus Pods:*autoscaling.PodsMetricStatus Resource:*autoscaling.ResourceMetricStatus ContainerResource:*autoscaling.ContainerResourceMetricStatus External:*autoscaling.ExternalMetricStatus
autoscaling.MetricTarget Type:s Value:*v" AverageValue:*v" AverageUtilization:*n
autoscaling.MetricValueStatus Value:*v" AverageValue:*v" AverageUtilization:*n
autoscaling.ObjectMetricSource DescribedObject:autoscaling.CrossVersionObjectReference Target:autoscaling.MetricTarget Metric:autoscaling.MetricIdentifier
autoscaling.ObjectMetricStatus Metric:autoscaling.MetricIdentifier Current:autoscaling.MetricValueStatus DescribedObject:autoscaling.CrossVersionObjectReference
autoscaling.PodsMetricSource Metric:autoscaling.MetricIdentifier Target:autoscaling.MetricTarget
autoscaling.PodsMetricStatus Metric:autoscaling.MetricIdentifier Current:autoscaling.MetricValueStatus
autoscaling.ResourceMetricSource Name:s Target:autoscaling.MetricTarget
autoscaling.ResourceMetricStatus Name:s Current:autoscaling.MetricValueStatus
autoscaling.Scale +:meta Spec:autoscaling.ScaleSpec Status:autoscaling.ScaleStatus
autoscaling.ScaleSpec Replicas:n
autoscaling.ScaleStatus Replicas:n Selector:s
batch.CronJob +:meta Spec:batch.CronJobSpec Status:batch.CronJobStatus
batch.CronJobList Items:[batch.CronJob
batch.CronJobSpec Schedule:s TimeZone:*s StartingDeadlineSeconds:*n ConcurrencyPolicy:s Suspend:*b JobTemplate:batch.JobTemplateSpec SuccessfulJobsHistoryLimit:*n FailedJobsHistoryLimit:*n
batch.CronJobStatus Active:[core.ObjectReference LastScheduleTime:*v LastSuccessfulTime:*v
batch.Job +:meta Spec:batch.JobSpec Status:batch.JobStatus
batch.JobCondition Type:s Status:s LastProbeTime:v LastTransitionTime:v Reason:s Message:s
batch.JobList Items:[batch.Job
batch.JobSpec Parallelism:*n Completions:*n PodFailurePolicy:*batch.PodFailurePolicy SuccessPolicy:*batch.SuccessPolicy ActiveDeadlineSeconds:*n BackoffLimit:*n BackoffLimitPerIndex:*n MaxFailedIndexes:*n Selector:*v{ ManualSelector:*b Template:core.PodTemplateSpec TTLSecondsAfterFinished:*n CompletionMode:*s Suspend:*b PodReplacementPolicy:*s ManagedBy:*s
batch.JobStatus Conditions:[batch.JobCondition StartTime:*v CompletionTime:*v Active:n Terminating:*n Ready:*n Succeeded:n Failed:n CompletedIndexes:s FailedIndexes:*s UncountedTerminatedPods:*batch.UncountedTerminatedPods
batch.JobTemplateSpec +:meta Spec:batch.JobSpec
batch.PodFailurePolicy Rules:[batch.PodFailurePolicyRule
batch.PodFailurePolicyOnExitCodesRequirement ContainerName:*s Operator:s Values:[n
batch.PodFailurePolicyOnPodConditionsPattern Type:s Status:s
batch.PodFailurePolicyRule Action:s OnExitCodes:*batch.PodFailurePolicyOnExitCodesRequirement OnPodConditions:[batch.PodFailurePolicyOnPodConditionsPattern
batch.SuccessPolicy Rules:[batch.SuccessPolicyRule
batch.SuccessPolicyRule SucceededIndexes:*s SucceededCount:*n
batch.UncountedTerminatedPods Succeeded:[s Failed:[s
certificates.CertificateSigningRequest +:meta Spec:certificates.CertificateSigningRequestSpec Status:certificates.CertificateSigningRequestStatus
certificates.CertificateSigningRequestCondition Type:s Status:s Reason:s Message:s LastUpdateTime:v LastTransitionTime:v
certificates.CertificateSigningRequestList Items:[certificates.CertificateSigningRequest
certificates.CertificateSigningRequestSpec Request:v SignerName:s ExpirationSeconds:*n Usages:[s Username:s UID:s Groups:[s Extra:{[s
certificates.CertificateSigningRequestStatus Conditions:[certificates.CertificateSigningRequestCondition Certificate:v
certificates.ClusterTrustBundle +:meta Spec:certificates.ClusterTrustBundleSpec
certificates.ClusterTrustBundleList Items:[certificates.ClusterTrustBundle
certificates.ClusterTrustBundleSpec SignerName:s TrustBundle:s
certificates.PodCertificateRequest +:meta Spec:certificates.PodCertificateRequestSpec Status:certificates.PodCertificateRequestStatus
certificates.PodCertificateRequestList Items:[certificates.PodCertificateRequest
certificates.PodCertificateRequestSpec SignerName:s PodName:s PodUID:s ServiceAccountName:s ServiceAccountUID:s NodeName:s NodeUID:s MaxExpirationSeconds:*n PKIXPublicKey:v ProofOfPossession:v StubPKCS10Request:v UnverifiedUserAnnotations:{s
certificates.PodCertificateRequestStatus Conditions:[v CertificateChain:s NotBefore:*v BeginRefreshAt:*v NotAfter:*v
coordination.Lease +:meta Spec:coordination.LeaseSpec
coordination.LeaseCandidate +:meta Spec:coordination.LeaseCandidateSpec
coordination.LeaseCandidateList Items:[coordination.LeaseCandidate
coordination.LeaseCandidateSpec LeaseName:s PingTime:*v RenewTime:*v BinaryVersion:s EmulationVersion:s Strategy:s
coordination.LeaseList Items:[coordination.Lease
coordination.LeaseSpec HolderIdentity:*s LeaseDurationSeconds:*n AcquireTime:*v RenewTime:*v LeaseTransitions:*n Strategy:*s PreferredHolder:*s
core.AWSElasticBlockStoreVolumeSource VolumeID:s FSType:s Partition:n ReadOnly:b
core.Affinity NodeAffinity:*core.NodeAffinity PodAffinity:*core.PodAffinity PodAntiAffinity:*core.PodAntiAffinity
core.AppArmorProfile Type:s LocalhostProfile:*s
core.AttachedVolume Name:s DevicePath:s
core.AvoidPods PreferAvoidPods:[core.PreferAvoidPodsEntry
core.AzureDiskVolumeSource DiskName:s DataDiskURI=diskURI:s CachingMode:*s FSType:*s ReadOnly:*b Kind:*s
core.AzureFilePersistentVolumeSource SecretName:s ShareName:s ReadOnly:b SecretNamespace:*s
core.AzureFileVolumeSource SecretName:s ShareName:s ReadOnly:b
core.Binding +:meta Target:core.ObjectReference
core.CSIPersistentVolumeSource Driver:s VolumeHandle:s ReadOnly:b FSType:s VolumeAttributes:{s ControllerPublishSecretRef:*core.SecretReference NodeStageSecretRef:*core.SecretReference NodePublishSecretRef:*core.SecretReference ControllerExpandSecretRef:*core.SecretReference NodeExpandSecretRef:*core.SecretReference
core.CSIVolumeSource Driver:s ReadOnly:*b FSType:*s VolumeAttributes:{s NodePublishSecretRef:*core.LocalObjectReference
core.Capabilities Add:[s Drop:[s
core.CephFSPersistentVolumeSource Monitors:[s Path:s User:s SecretFile:s SecretRef:*core.SecretReference ReadOnly:b
core.CephFSVolumeSource Monitors:[s Path:s User:s SecretFile:s SecretRef:*core.LocalObjectReference ReadOnly:b
core.CinderPersistentVolumeSource VolumeID:s FSType:s ReadOnly:b SecretRef:*core.SecretReference
core.CinderVolumeSource VolumeID:s FSType:s ReadOnly:b SecretRef:*core.LocalObjectReference
core.ClientIPConfig TimeoutSeconds:*n
core.ClusterTrustBundleProjection Name:*s SignerName:*s LabelSelector:*v{ Optional:*b Path:s
core.ComponentCondition Type:s Status:s Message:s Error:s
core.ComponentStatus +:meta Conditions:[core.ComponentCondition
core.ComponentStatusList Items:[core.ComponentStatus
core.ConfigMap +:meta Immutable:*b Data:{s BinaryData:{v
core.ConfigMapEnvSource +:core.LocalObjectReference Optional:*b
core.ConfigMapKeySelector +:core.LocalObjectReference Key:s Optional:*b
core.ConfigMapList Items:[core.ConfigMap
core.ConfigMapNodeConfigSource Namespace:s Name:s UID:s ResourceVersion:s KubeletConfigKey:s
core.ConfigMapProjection +:core.LocalObjectReference Items:[core.KeyToPath Optional:*b
core.ConfigMapVolumeSource +:core.LocalObjectReference Items:[core.KeyToPath DefaultMode:*n Optional:*b
core.Container Name:s Image:s Command:[s Args:[s WorkingDir:s Ports:[core.ContainerPort EnvFrom:[core.EnvFromSource Env:[core.EnvVar Resources:core.ResourceRequirements ResizePolicy:[core.ContainerResizePolicy RestartPolicy:*s RestartPolicyRules:[core.ContainerRestartRule VolumeMounts:[core.VolumeMount VolumeDevices:[core.VolumeDevice LivenessProbe:*core.Probe ReadinessProbe:*core.Probe StartupProbe:*core.Probe Lifecycle:*core.Lifecycle TerminationMessagePath:s TerminationMessagePolicy:s ImagePullPolicy:s SecurityContext:*core.SecurityContext Stdin:b StdinOnce:b TTY:b
core.ContainerExtendedResourceRequest ContainerName:s ResourceName:s RequestName:s
core.ContainerImage Names:[s SizeBytes:n
core.ContainerPort Name:s HostPort:n ContainerPort:n Protocol:s HostIP:s
core.ContainerResizePolicy ResourceName:s RestartPolicy:s
core.ContainerRestartRule Action:s ExitCodes:*core.ContainerRestartRuleOnExitCodes
core.ContainerRestartRuleOnExitCodes Operator:s Values:[n
core.ContainerState Waiting:*core.ContainerStateWaiting Running:*core.ContainerStateRunning Terminated:*core.ContainerStateTerminated
core.ContainerStateRunning StartedAt:v
core.ContainerStateTerminated ExitCode:n Signal:n Reason:s Message:s StartedAt:v FinishedAt:v ContainerID:s
core.ContainerStateWaiting Reason:s Message:s
core.ContainerStatus Name:s State:core.ContainerState LastTerminationState=lastState:core.ContainerState Ready:b RestartCount:n Image:s ImageID:s ContainerID:s Started:*b AllocatedResources:{v" Resources:*core.ResourceRequirements VolumeMounts:[core.VolumeMountStatus User:*core.ContainerUser AllocatedResourcesStatus:[core.ResourceStatus StopSignal:*s
core.ContainerUser Linux:*core.LinuxContainerUser
core.DaemonEndpoint Port=Port:n
core.DownwardAPIProjection Items:[core.DownwardAPIVolumeFile
core.DownwardAPIVolumeFile Path:s FieldRef:*core.ObjectFieldSelector ResourceFieldRef:*core.ResourceFieldSelector Mode:*n
core.DownwardAPIVolumeSource Items:[core.DownwardAPIVolumeFile DefaultMode:*n
core.EmptyDirVolumeSource Medium:s SizeLimit:*v"
core.EndpointAddress IP:s Hostname:s NodeName:*s TargetRef:*core.ObjectReference
core.EndpointPort Name:s Port:n Protocol:s AppProtocol:*s
core.EndpointSubset Addresses:[core.EndpointAddress NotReadyAddresses:[core.EndpointAddress Ports:[core.EndpointPort
core.Endpoints +:meta Subsets:[core.EndpointSubset
core.EndpointsList Items:[core.Endpoints
core.EnvFromSource Prefix:s ConfigMapRef:*core.ConfigMapEnvSource SecretRef:*core.SecretEnvSource
core.EnvVar Name:s Value:s ValueFrom:*core.EnvVarSource
core.EnvVarSource FieldRef:*core.ObjectFieldSelector ResourceFieldRef:*core.ResourceFieldSelector ConfigMapKeyRef:*core.ConfigMapKeySelector SecretKeyRef:*core.SecretKeySelector FileKeyRef:*core.FileKeySelector
core.EphemeralContainer +:core.EphemeralContainerCommon TargetContainerName:s
core.EphemeralContainerCommon Name:s Image:s Command:[s Args:[s WorkingDir:s Ports:[core.ContainerPort EnvFrom:[core.EnvFromSource Env:[core.EnvVar Resources:core.ResourceRequirements ResizePolicy:[core.ContainerResizePolicy RestartPolicy:*s RestartPolicyRules:[core.ContainerRestartRule VolumeMounts:[core.VolumeMount VolumeDevices:[core.VolumeDevice LivenessProbe:*core.Probe ReadinessProbe:*core.Probe StartupProbe:*core.Probe Lifecycle:*core.Lifecycle TerminationMessagePath:s TerminationMessagePolicy:s ImagePullPolicy:s SecurityContext:*core.SecurityContext Stdin:b StdinOnce:b TTY:b
core.EphemeralVolumeSource VolumeClaimTemplate:*core.PersistentVolumeClaimTemplate
core.Event +:meta InvolvedObject:core.ObjectReference Reason:s Message:s Source:core.EventSource FirstTimestamp:v LastTimestamp:v Count:n Type:s EventTime:v Series:*core.EventSeries Action:s Related:*core.ObjectReference ReportingController=reportingComponent:s ReportingInstance:s
core.EventList Items:[core.Event
core.EventSeries Count:n LastObservedTime:v
core.EventSource Component:s Host:s
core.ExecAction Command:[s
core.FCVolumeSource TargetWWNs:[s Lun:*n FSType:s ReadOnly:b WWIDs=wwids:[s
core.FileKeySelector VolumeName:s Path:s Key:s Optional:*b
core.FlexPersistentVolumeSource Driver:s FSType:s SecretRef:*core.SecretReference ReadOnly:b Options:{s
core.FlexVolumeSource Driver:s FSType:s SecretRef:*core.LocalObjectReference ReadOnly:b Options:{s
core.FlockerVolumeSource DatasetName:s DatasetUUID:s
core.GCEPersistentDiskVolumeSource PDName:s FSType:s Partition:n ReadOnly:b
core.GRPCAction Port:n Service:*s
core.GitRepoVolumeSource Repository:s Revision:s Directory:s
core.GlusterfsPersistentVolumeSource EndpointsName=endpoints:s Path:s ReadOnly:b EndpointsNamespace:*s
core.GlusterfsVolumeSource EndpointsName=endpoints:s Path:s ReadOnly:b
core.HTTPGetAction Path:s Port:v0 Host:s Scheme:s HTTPHeaders:[core.HTTPHeader
core.HTTPHeader Name:s Value:s
core.HostAlias IP:s Hostnames:[s
core.HostIP IP:s
core.HostPathVolumeSource Path:s Type:*s
core.ISCSIPersistentVolumeSource TargetPortal:s IQN:s Lun:n ISCSIInterface:s FSType:s ReadOnly:b Portals:[s DiscoveryCHAPAuth=chapAuthDiscovery:b SessionCHAPAuth=chapAuthSession:b SecretRef:*core.SecretReference InitiatorName:*s
core.ISCSIVolumeSource TargetPortal:s IQN:s Lun:n ISCSIInterface:s FSType:s ReadOnly:b Portals:[s DiscoveryCHAPAuth=chapAuthDiscovery:b SessionCHAPAuth=chapAuthSession:b SecretRef:*core.LocalObjectReference InitiatorName:*s
core.ImageVolumeSource Reference:s PullPolicy:s
core.ImageVolumeStatus ImageRef:s
core.KeyToPath Key:s Path:s Mode:*n
core.Lifecycle PostStart:*core.LifecycleHandler PreStop:*core.LifecycleHandler StopSignal:*s
core.LifecycleHandler Exec:*core.ExecAction HTTPGet:*core.HTTPGetAction TCPSocket:*core.TCPSocketAction Sleep:*core.SleepAction
core.LimitRange +:meta Spec:core.LimitRangeSpec
core.LimitRangeItem Type:s Max:{v" Min:{v" Default:{v" DefaultRequest:{v" MaxLimitRequestRatio:{v"
core.LimitRangeList Items:[core.LimitRange
core.LimitRangeSpec Limits:[core.LimitRangeItem
core.LinuxContainerUser UID:n GID:n SupplementalGroups:[n
core.LoadBalancerIngress IP:s Hostname:s IPMode:*s Ports:[core.PortStatus
core.LoadBalancerStatus Ingress:[core.LoadBalancerIngress
core.LocalObjectReference Name:s
core.LocalVolumeSource Path:s FSType:*s
core.ModifyVolumeStatus TargetVolumeAttributesClassName:s Status:s
core.NFSVolumeSource Server:s Path:s ReadOnly:b
core.Namespace +:meta Spec:core.NamespaceSpec Status:core.NamespaceStatus
core.NamespaceCondition Type:s Status:s LastTransitionTime:v Reason:s Message:s
core.NamespaceList Items:[core.Namespace
core.NamespaceSpec Finalizers:[s
core.NamespaceStatus Phase:s Conditions:[core.NamespaceCondition
core.Node +:meta Spec:core.NodeSpec Status:core.NodeStatus
core.NodeAddress Type:s Address:s
core.NodeAffinity RequiredDuringSchedulingIgnoredDuringExecution:*core.NodeSelector PreferredDuringSchedulingIgnoredDuringExecution:[core.PreferredSchedulingTerm
core.NodeAllocatableResourceClaimStatus ResourceClaimName:s Containers:[s Resources:{v"
core.NodeCondition Type:s Status:s LastHeartbeatTime:v LastTransitionTime:v Reason:s Message:s
core.NodeConfigSource ConfigMap:*core.ConfigMapNodeConfigSource
core.NodeConfigStatus Assigned:*core.NodeConfigSource Active:*core.NodeConfigSource LastKnownGood:*core.NodeConfigSource Error:s
core.NodeDaemonEndpoints KubeletEndpoint:core.DaemonEndpoint
core.NodeFeatures SupplementalGroupsPolicy:*b
core.NodeList Items:[core.Node
core.NodeProxyOptions Path:s
core.NodeRuntimeHandler Name:s Features:*core.NodeRuntimeHandlerFeatures
core.NodeRuntimeHandlerFeatures RecursiveReadOnlyMounts:*b UserNamespaces:*b
core.NodeSelector NodeSelectorTerms:[core.NodeSelectorTerm
core.NodeSelectorRequirement Key:s Operator:s Values:[s
core.NodeSelectorTerm MatchExpressions:[core.NodeSelectorRequirement MatchFields:[core.NodeSelectorRequirement
core.NodeSpec PodCIDRs:[s ProviderID:s Unschedulable:b Taints:[core.Taint ConfigSource:*core.NodeConfigSource DoNotUseExternalID=externalID:s
core.NodeStatus Capacity:{v" Allocatable:{v" Phase:s Conditions:[core.NodeCondition Addresses:[core.NodeAddress DaemonEndpoints:core.NodeDaemonEndpoints NodeInfo:core.NodeSystemInfo Images:[core.ContainerImage VolumesInUse:[s VolumesAttached:[core.AttachedVolume Config:*core.NodeConfigStatus RuntimeHandlers:[core.NodeRuntimeHandler Features:*core.NodeFeatures DeclaredFeatures:[s
core.NodeSwapStatus Capacity:*n
core.NodeSystemInfo MachineID:s SystemUUID:s BootID:s KernelVersion:s OSImage:s ContainerRuntimeVersion:s KubeletVersion:s KubeProxyVersion:s OperatingSystem:s Architecture:s Swap:*core.NodeSwapStatus
core.ObjectFieldSelector APIVersion:s FieldPath:s
core.ObjectReference Kind:s Namespace:s Name:s UID:s APIVersion:s ResourceVersion:s FieldPath:s
core.PersistentVolume +:meta Spec:core.PersistentVolumeSpec Status:core.PersistentVolumeStatus
core.PersistentVolumeClaim +:meta Spec:core.PersistentVolumeClaimSpec Status:core.PersistentVolumeClaimStatus
core.PersistentVolumeClaimCondition Type:s Status:s LastProbeTime:v LastTransitionTime:v Reason:s Message:s
core.PersistentVolumeClaimList Items:[core.PersistentVolumeClaim
core.PersistentVolumeClaimSpec AccessModes:[s Selector:*v{ Resources:core.VolumeResourceRequirements VolumeName:s StorageClassName:*s VolumeMode:*s DataSource:*core.TypedLocalObjectReference DataSourceRef:*core.TypedObjectReference VolumeAttributesClassName:*s
core.PersistentVolumeClaimStatus Phase:s AccessModes:[s Capacity:{v" Conditions:[core.PersistentVolumeClaimCondition AllocatedResources:{v" AllocatedResourceStatuses:{s CurrentVolumeAttributesClassName:*s ModifyVolumeStatus:*core.ModifyVolumeStatus
core.PersistentVolumeClaimTemplate +:meta Spec:core.PersistentVolumeClaimSpec
core.PersistentVolumeClaimVolumeSource ClaimName:s ReadOnly:b
core.PersistentVolumeList Items:[core.PersistentVolume
core.PersistentVolumeSource GCEPersistentDisk:*core.GCEPersistentDiskVolumeSource AWSElasticBlockStore:*core.AWSElasticBlockStoreVolumeSource HostPath:*core.HostPathVolumeSource Glusterfs:*core.GlusterfsPersistentVolumeSource NFS:*core.NFSVolumeSource RBD:*core.RBDPersistentVolumeSource Quobyte:*core.QuobyteVolumeSource ISCSI:*core.ISCSIPersistentVolumeSource FlexVolume:*core.FlexPersistentVolumeSource Cinder:*core.CinderPersistentVolumeSource CephFS=cephfs:*core.CephFSPersistentVolumeSource FC:*core.FCVolumeSource Flocker:*core.FlockerVolumeSource AzureFile:*core.AzureFilePersistentVolumeSource VsphereVolume:*core.VsphereVirtualDiskVolumeSource AzureDisk:*core.AzureDiskVolumeSource PhotonPersistentDisk:*core.PhotonPersistentDiskVolumeSource PortworxVolume:*core.PortworxVolumeSource ScaleIO:*core.ScaleIOPersistentVolumeSource Local:*core.LocalVolumeSource StorageOS=storageos:*core.StorageOSPersistentVolumeSource CSI:*core.CSIPersistentVolumeSource
core.PersistentVolumeSpec Capacity:{v" +:core.PersistentVolumeSource AccessModes:[s ClaimRef:*core.ObjectReference PersistentVolumeReclaimPolicy:s StorageClassName:s MountOptions:[s VolumeMode:*s NodeAffinity:*core.VolumeNodeAffinity VolumeAttributesClassName:*s
core.PersistentVolumeStatus Phase:s Message:s Reason:s LastPhaseTransitionTime:*v
core.PhotonPersistentDiskVolumeSource PdID:s FSType:s
core.Pod +:meta Spec:core.PodSpec Status:core.PodStatus
core.PodAffinity RequiredDuringSchedulingIgnoredDuringExecution:[core.PodAffinityTerm PreferredDuringSchedulingIgnoredDuringExecution:[core.WeightedPodAffinityTerm
core.PodAffinityTerm LabelSelector:*v{ Namespaces:[s TopologyKey:s NamespaceSelector:*v{ MatchLabelKeys:[s MismatchLabelKeys:[s
core.PodAntiAffinity RequiredDuringSchedulingIgnoredDuringExecution:[core.PodAffinityTerm PreferredDuringSchedulingIgnoredDuringExecution:[core.WeightedPodAffinityTerm
core.PodAttachOptions Stdin:b Stdout:b Stderr:b TTY:b Container:s
core.PodCertificateProjection SignerName:s KeyType:s MaxExpirationSeconds:*n CredentialBundlePath:s KeyPath:s CertificateChainPath:s UserAnnotations:{s
core.PodCondition Type:s ObservedGeneration:n Status:s LastProbeTime:v LastTransitionTime:v Reason:s Message:s
core.PodDNSConfig Nameservers:[s Searches:[s Options:[core.PodDNSConfigOption
core.PodDNSConfigOption Name:s Value:*s
core.PodExecOptions Stdin:b Stdout:b Stderr:b TTY:b Container:s Command:[s
core.PodExtendedResourceClaimStatus RequestMappings:[core.ContainerExtendedResourceRequest ResourceClaimName:s
core.PodIP IP:s
core.PodList Items:[core.Pod
core.PodLogOptions Container:s Follow:b Previous:b SinceSeconds:*n SinceTime:*v Timestamps:b TailLines:*n LimitBytes:*n InsecureSkipTLSVerifyBackend:b Stream:*s
core.PodOS Name:s
core.PodPortForwardOptions Ports:[n
core.PodProxyOptions Path:s
core.PodReadinessGate ConditionType:s
core.PodResourceClaim Name:s ResourceClaimName:*s ResourceClaimTemplateName:*s
core.PodResourceClaimStatus Name:s ResourceClaimName:*s
core.PodSchedulingGate Name:s
core.PodSchedulingGroup PodGroupName:*s
core.PodSecurityContext HostNetwork:b HostPID:b HostIPC:b ShareProcessNamespace:*b HostUsers:*b SELinuxOptions:*core.SELinuxOptions WindowsOptions:*core.WindowsSecurityContextOptions RunAsUser:*n RunAsGroup:*n RunAsNonRoot:*b SupplementalGroups:[n SupplementalGroupsPolicy:*s FSGroup:*n FSGroupChangePolicy:*s Sysctls:[core.Sysctl SeccompProfile:*core.SeccompProfile AppArmorProfile:*core.AppArmorProfile SELinuxChangePolicy:*s
core.PodSignature PodController:*v
core.PodSpec Volumes:[core.Volume InitContainers:[core.Container Containers:[core.Container EphemeralContainers:[core.EphemeralContainer RestartPolicy:s TerminationGracePeriodSeconds:*n ActiveDeadlineSeconds:*n DNSPolicy:s NodeSelector:{s ServiceAccountName:s AutomountServiceAccountToken:*b NodeName:s SecurityContext:*core.PodSecurityContext ImagePullSecrets:[core.LocalObjectReference Hostname:s Subdomain:s SetHostnameAsFQDN:*b Affinity:*core.Affinity SchedulerName:s Tolerations:[core.Toleration HostAliases:[core.HostAlias PriorityClassName:s Priority:*n PreemptionPolicy:*s DNSConfig:*core.PodDNSConfig ReadinessGates:[core.PodReadinessGate RuntimeClassName:*s Overhead:{v" EnableServiceLinks:*b TopologySpreadConstraints:[core.TopologySpreadConstraint OS:*core.PodOS SchedulingGates:[core.PodSchedulingGate ResourceClaims:[core.PodResourceClaim Resources:*core.ResourceRequirements HostnameOverride:*s SchedulingGroup:*core.PodSchedulingGroup
core.PodStatus ObservedGeneration:n Phase:s Conditions:[core.PodCondition Message:s Reason:s NominatedNodeName:s HostIP:s HostIPs:[core.HostIP PodIPs:[core.PodIP StartTime:*v QOSClass:s InitContainerStatuses:[core.ContainerStatus ContainerStatuses:[core.ContainerStatus EphemeralContainerStatuses:[core.ContainerStatus Resize:s ResourceClaimStatuses:[core.PodResourceClaimStatus ExtendedResourceClaimStatus:*core.PodExtendedResourceClaimStatus AllocatedResources:{v" Resources:*core.ResourceRequirements NodeAllocatableResourceClaimStatuses:[core.NodeAllocatableResourceClaimStatus
core.PodStatusResult +:meta Status:core.PodStatus
core.PodTemplate +:meta Template:core.PodTemplateSpec
core.PodTemplateList Items:[core.PodTemplate
core.PodTemplateSpec +:meta Spec:core.PodSpec
core.PortStatus Port:n Protocol:s Error:*s
core.PortworxVolumeSource VolumeID:s FSType:s ReadOnly:b
core.Preconditions UID:*s
core.PreferAvoidPodsEntry PodSignature:core.PodSignature EvictionTime:v Reason:s Message:s
core.PreferredSchedulingTerm Weight:n Preference:core.NodeSelectorTerm
core.Probe +:core.ProbeHandler InitialDelaySeconds:n TimeoutSeconds:n PeriodSeconds:n SuccessThreshold:n FailureThreshold:n TerminationGracePeriodSeconds:*n
core.ProbeHandler Exec:*core.ExecAction HTTPGet:*core.HTTPGetAction TCPSocket:*core.TCPSocketAction GRPC:*core.GRPCAction
core.ProjectedVolumeSource Sources:[core.VolumeProjection DefaultMode:*n
core.QuobyteVolumeSource Registry:s Volume:s ReadOnly:b User:s Group:s Tenant:s
core.RBDPersistentVolumeSource CephMonitors=monitors:[s RBDImage=image:s FSType:s RBDPool=pool:s RadosUser=user:s Keyring:s SecretRef:*core.SecretReference ReadOnly:b
core.RBDVolumeSource CephMonitors=monitors:[s RBDImage=image:s FSType:s RBDPool=pool:s RadosUser=user:s Keyring:s SecretRef:*core.LocalObjectReference ReadOnly:b
core.RangeAllocation +:meta Range:s Data:v
core.ReplicationController +:meta Spec:core.ReplicationControllerSpec Status:core.ReplicationControllerStatus
core.ReplicationControllerCondition Type:s Status:s LastTransitionTime:v Reason:s Message:s
core.ReplicationControllerList Items:[core.ReplicationController
core.ReplicationControllerSpec Replicas:*n MinReadySeconds:n Selector:{s Template:*core.PodTemplateSpec
core.ReplicationControllerStatus Replicas:n FullyLabeledReplicas:n ReadyReplicas:n AvailableReplicas:n ObservedGeneration:n Conditions:[core.ReplicationControllerCondition
core.ResourceClaim Name:s Request:s
core.ResourceFieldSelector ContainerName:s Resource:s Divisor:v"
core.ResourceHealth ResourceID:s Health:s Message:*s
core.ResourceQuota +:meta Spec:core.ResourceQuotaSpec Status:core.ResourceQuotaStatus
core.ResourceQuotaList Items:[core.ResourceQuota
core.ResourceQuotaSpec Hard:{v" Scopes:[s ScopeSelector:*core.ScopeSelector
core.ResourceQuotaStatus Hard:{v" Used:{v"
core.ResourceRequirements Limits:{v" Requests:{v" Claims:[core.ResourceClaim
core.ResourceStatus Name:s Resources:[core.ResourceHealth
core.SELinuxOptions User:s Role:s Type:s Level:s
core.ScaleIOPersistentVolumeSource Gateway:s System:s SecretRef:*core.SecretReference SSLEnabled:b ProtectionDomain:s StoragePool:s StorageMode:s VolumeName:s FSType:s ReadOnly:b
core.ScaleIOVolumeSource Gateway:s System:s SecretRef:*core.LocalObjectReference SSLEnabled:b ProtectionDomain:s StoragePool:s StorageMode:s VolumeName:s FSType:s ReadOnly:b
core.ScopeSelector MatchExpressions:[core.ScopedResourceSelectorRequirement
core.ScopedResourceSelectorRequirement ScopeName:s Operator:s Values:[s
core.SeccompProfile Type:s LocalhostProfile:*s
core.Secret +:meta Immutable:*b Data:{v Type:s
core.SecretEnvSource +:core.LocalObjectReference Optional:*b
core.SecretKeySelector +:core.LocalObjectReference Key:s Optional:*b
core.SecretList Items:[core.Secret
core.SecretProjection +:core.LocalObjectReference Items:[core.KeyToPath Optional:*b
core.SecretReference Name:s Namespace:s
core.SecretVolumeSource SecretName:s Items:[core.KeyToPath DefaultMode:*n Optional:*b
core.SecurityContext Capabilities:*core.Capabilities Privileged:*b SELinuxOptions:*core.SELinuxOptions WindowsOptions:*core.WindowsSecurityContextOptions RunAsUser:*n RunAsGroup:*n RunAsNonRoot:*b ReadOnlyRootFilesystem:*b AllowPrivilegeEscalation:*b ProcMount:*s SeccompProfile:*core.SeccompProfile AppArmorProfile:*core.AppArmorProfile
core.SerializedReference Reference:core.ObjectReference
core.Service +:meta Spec:core.ServiceSpec Status:core.ServiceStatus
core.ServiceAccount +:meta Secrets:[core.ObjectReference ImagePullSecrets:[core.LocalObjectReference AutomountServiceAccountToken:*b
core.ServiceAccountList Items:[core.ServiceAccount
core.ServiceAccountTokenProjection Audience:s ExpirationSeconds:n Path:s
core.ServiceList Items:[core.Service
core.ServicePort Name:s Protocol:s AppProtocol:*s Port:n TargetPort:v0 NodePort:n
core.ServiceProxyOptions Path:s
core.ServiceSpec Type:s Ports:[core.ServicePort Selector:{s ClusterIP:s ClusterIPs:[s IPFamilies:[s IPFamilyPolicy:*s ExternalName:s ExternalIPs:[s LoadBalancerIP:s SessionAffinity:s SessionAffinityConfig:*core.SessionAffinityConfig LoadBalancerSourceRanges:[s ExternalTrafficPolicy:s HealthCheckNodePort:n PublishNotReadyAddresses:b AllocateLoadBalancerNodePorts:*b LoadBalancerClass:*s InternalTrafficPolicy:*s TrafficDistribution:*s
core.ServiceStatus LoadBalancer:core.LoadBalancerStatus Conditions:[v
core.SessionAffinityConfig ClientIP:*core.ClientIPConfig
core.SleepAction Seconds:n
core.StorageOSPersistentVolumeSource VolumeName:s VolumeNamespace:s FSType:s ReadOnly:b SecretRef:*core.ObjectReference
core.StorageOSVolumeSource VolumeName:s VolumeNamespace:s FSType:s ReadOnly:b SecretRef:*core.LocalObjectReference
core.Sysctl Name:s Value:s
core.TCPSocketAction Port:v0 Host:s
core.Taint Key:s Value:s Effect:s TimeAdded:*v
core.Toleration Key:s Operator:s Value:s Effect:s TolerationSeconds:*n
core.TopologySelectorLabelRequirement Key:s Values:[s
core.TopologySelectorTerm MatchLabelExpressions:[core.TopologySelectorLabelRequirement
core.TopologySpreadConstraint MaxSkew:n TopologyKey:s WhenUnsatisfiable:s LabelSelector:*v{ MinDomains:*n NodeAffinityPolicy:*s NodeTaintsPolicy:*s MatchLabelKeys:[s
core.TypedLocalObjectReference APIGroup:*s Kind:s Name:s
core.TypedObjectReference APIGroup:*s Kind:s Name:s Namespace:*s
core.Volume Name:s +:core.VolumeSource
core.VolumeDevice Name:s DevicePath:s
core.VolumeMount Name:s ReadOnly:b RecursiveReadOnly:*s MountPath:s SubPath:s MountPropagation:*s SubPathExpr:s
core.VolumeMountStatus Name:s MountPath:s ReadOnly:b RecursiveReadOnly:*s VolumeStatus:*core.VolumeStatus
core.VolumeNodeAffinity Required:*core.NodeSelector
core.VolumeProjection Secret:*core.SecretProjection DownwardAPI:*core.DownwardAPIProjection ConfigMap:*core.ConfigMapProjection ServiceAccountToken:*core.ServiceAccountTokenProjection ClusterTrustBundle:*core.ClusterTrustBundleProjection PodCertificate:*core.PodCertificateProjection
core.VolumeResourceRequirements Limits:{v" Requests:{v"
core.VolumeSource HostPath:*core.HostPathVolumeSource EmptyDir:*core.EmptyDirVolumeSource GCEPersistentDisk:*core.GCEPersistentDiskVolumeSource AWSElasticBlockStore:*core.AWSElasticBlockStoreVolumeSource GitRepo:*core.GitRepoVolumeSource Secret:*core.SecretVolumeSource NFS:*core.NFSVolumeSource ISCSI:*core.ISCSIVolumeSource Glusterfs:*core.GlusterfsVolumeSource PersistentVolumeClaim:*core.PersistentVolumeClaimVolumeSource RBD:*core.RBDVolumeSource Quobyte:*core.QuobyteVolumeSource FlexVolume:*core.FlexVolumeSource Cinder:*core.CinderVolumeSource CephFS=cephfs:*core.CephFSVolumeSource Flocker:*core.FlockerVolumeSource DownwardAPI:*core.DownwardAPIVolumeSource FC:*core.FCVolumeSource AzureFile:*core.AzureFileVolumeSource ConfigMap:*core.ConfigMapVolumeSource VsphereVolume:*core.VsphereVirtualDiskVolumeSource AzureDisk:*core.AzureDiskVolumeSource PhotonPersistentDisk:*core.PhotonPersistentDiskVolumeSource Projected:*core.ProjectedVolumeSource PortworxVolume:*core.PortworxVolumeSource ScaleIO:*core.ScaleIOVolumeSource StorageOS=storageos:*core.StorageOSVolumeSource CSI:*core.CSIVolumeSource Ephemeral:*core.EphemeralVolumeSource Image:*core.ImageVolumeSource
core.VolumeStatus Image:*core.ImageVolumeStatus
core.VsphereVirtualDiskVolumeSource VolumePath:s FSType:s StoragePolicyName:s StoragePolicyID:s
core.WeightedPodAffinityTerm Weight:n PodAffinityTerm:core.PodAffinityTerm
core.WindowsSecurityContextOptions GMSACredentialSpecName:*s GMSACredentialSpec:*s RunAsUserName:*s HostProcess:*b
discovery.Endpoint Addresses:[s Conditions:discovery.EndpointConditions Hostname:*s TargetRef:*core.ObjectReference DeprecatedTopology:{s NodeName:*s Zone:*s Hints:*discovery.EndpointHints
discovery.EndpointConditions Ready:*b Serving:*b Terminating:*b
discovery.EndpointHints ForZones:[discovery.ForZone ForNodes:[discovery.ForNode
discovery.EndpointPort Name:*s Protocol:*s Port:*n AppProtocol:*s
discovery.EndpointSlice +:meta AddressType:s Endpoints:[discovery.Endpoint Ports:[discovery.EndpointPort
discovery.EndpointSliceList Items:[discovery.EndpointSlice
discovery.ForNode Name:s
discovery.ForZone Name:s
flowcontrol.ExemptPriorityLevelConfiguration NominalConcurrencyShares:*n LendablePercent:*n
flowcontrol.FlowDistinguisherMethod Type:s
flowcontrol.FlowSchema +:meta Spec:flowcontrol.FlowSchemaSpec Status:flowcontrol.FlowSchemaStatus
flowcontrol.FlowSchemaCondition Type:s Status:s LastTransitionTime:v Reason:s Message:s
flowcontrol.FlowSchemaList Items:[flowcontrol.FlowSchema
flowcontrol.FlowSchemaSpec PriorityLevelConfiguration:flowcontrol.PriorityLevelConfigurationReference MatchingPrecedence:n DistinguisherMethod:*flowcontrol.FlowDistinguisherMethod Rules:[flowcontrol.PolicyRulesWithSubjects
flowcontrol.FlowSchemaStatus Conditions:[flowcontrol.FlowSchemaCondition
flowcontrol.GroupSubject Name:s
flowcontrol.LimitResponse Type:s Queuing:*flowcontrol.QueuingConfiguration
flowcontrol.LimitedPriorityLevelConfiguration NominalConcurrencyShares:n LimitResponse:flowcontrol.LimitResponse LendablePercent:*n BorrowingLimitPercent:*n
flowcontrol.NonResourcePolicyRule Verbs:[s NonResourceURLs:[s
flowcontrol.PolicyRulesWithSubjects Subjects:[flowcontrol.Subject ResourceRules:[flowcontrol.ResourcePolicyRule NonResourceRules:[flowcontrol.NonResourcePolicyRule
flowcontrol.PriorityLevelConfiguration +:meta Spec:flowcontrol.PriorityLevelConfigurationSpec Status:flowcontrol.PriorityLevelConfigurationStatus
flowcontrol.PriorityLevelConfigurationCondition Type:s Status:s LastTransitionTime:v Reason:s Message:s
flowcontrol.PriorityLevelConfigurationList Items:[flowcontrol.PriorityLevelConfiguration
flowcontrol.PriorityLevelConfigurationReference Name:s
flowcontrol.PriorityLevelConfigurationSpec Type:s Limited:*flowcontrol.LimitedPriorityLevelConfiguration Exempt:*flowcontrol.ExemptPriorityLevelConfiguration
flowcontrol.PriorityLevelConfigurationStatus Conditions:[flowcontrol.PriorityLevelConfigurationCondition
flowcontrol.QueuingConfiguration Queues:n HandSize:n QueueLengthLimit:n
flowcontrol.ResourcePolicyRule Verbs:[s APIGroups:[s Resources:[s ClusterScope:b Namespaces:[s
flowcontrol.ServiceAccountSubject Namespace:s Name:s
flowcontrol.Subject Kind:s User:*flowcontrol.UserSubject Group:*flowcontrol.GroupSubject ServiceAccount:*flowcontrol.ServiceAccountSubject
flowcontrol.UserSubject Name:s
imagepolicy.ImageReview +:meta Spec:imagepolicy.ImageReviewSpec Status:imagepolicy.ImageReviewStatus
imagepolicy.ImageReviewContainerSpec Image:s
imagepolicy.ImageReviewSpec Containers:[imagepolicy.ImageReviewContainerSpec Annotations:{s Namespace:s
imagepolicy.ImageReviewStatus Allowed:b Reason:s AuditAnnotations:{s
networking.HTTPIngressPath Path:s PathType:*s Backend:networking.IngressBackend
networking.HTTPIngressRuleValue Paths:[networking.HTTPIngressPath
networking.IPAddress +:meta Spec:networking.IPAddressSpec
networking.IPAddressList Items:[networking.IPAddress
networking.IPAddressSpec ParentRef:*networking.ParentReference
networking.IPBlock CIDR:s Except:[s
networking.Ingress +:meta Spec:networking.IngressSpec Status:networking.IngressStatus
networking.IngressBackend Service:*networking.IngressServiceBackend Resource:*core.TypedLocalObjectReference
networking.IngressClass +:meta Spec:networking.IngressClassSpec
networking.IngressClassList Items:[networking.IngressClass
networking.IngressClassParametersReference APIGroup:*s Kind:s Name:s Scope:*s Namespace:*s
networking.IngressClassSpec Controller:s Parameters:*networking.IngressClassParametersReference
networking.IngressList Items:[networking.Ingress
networking.IngressLoadBalancerIngress IP:s Hostname:s Ports:[networking.IngressPortStatus
networking.IngressLoadBalancerStatus Ingress:[networking.IngressLoadBalancerIngress
networking.IngressPortStatus Port:n Protocol:s Error:*s
networking.IngressRule Host:s +:networking.IngressRuleValue
networking.IngressRuleValue HTTP:*networking.HTTPIngressRuleValue
networking.IngressServiceBackend Name:s Port:networking.ServiceBackendPort
networking.IngressSpec IngressClassName:*s DefaultBackend:*networking.IngressBackend TLS:[networking.IngressTLS Rules:[networking.IngressRule
networking.IngressStatus LoadBalancer:networking.IngressLoadBalancerStatus
networking.IngressTLS Hosts:[s SecretName:s
networking.NetworkPolicy +:meta Spec:networking.NetworkPolicySpec
networking.NetworkPolicyEgressRule Ports:[networking.NetworkPolicyPort To:[networking.NetworkPolicyPeer
networking.NetworkPolicyIngressRule Ports:[networking.NetworkPolicyPort From:[networking.NetworkPolicyPeer
networking.NetworkPolicyList Items:[networking.NetworkPolicy
networking.NetworkPolicyPeer PodSelector:*v{ NamespaceSelector:*v{ IPBlock:*networking.IPBlock
networking.NetworkPolicyPort Protocol:*s Port:*v0 EndPort:*n
networking.NetworkPolicySpec PodSelector:v{ Ingress:[networking.NetworkPolicyIngressRule Egress:[networking.NetworkPolicyEgressRule PolicyTypes:[s
networking.ParentReference Group:s Resource:s Namespace:s Name:s
networking.ServiceBackendPort Name:s Number:n
networking.ServiceCIDR +:meta Spec:networking.ServiceCIDRSpec Status:networking.ServiceCIDRStatus
networking.ServiceCIDRList Items:[networking.ServiceCIDR
networking.ServiceCIDRSpec CIDRs=cidrs:[s
networking.ServiceCIDRStatus Conditions:[v
node.Overhead PodFixed:{v"
node.RuntimeClass +:meta Handler:s Overhead:*node.Overhead Scheduling:*node.Scheduling
node.RuntimeClassList Items:[node.RuntimeClass
node.Scheduling NodeSelector:{s Tolerations:[core.Toleration
policy.Eviction +:meta DeleteOptions:*v
policy.PodDisruptionBudget +:meta Spec:policy.PodDisruptionBudgetSpec Status:policy.PodDisruptionBudgetStatus
policy.PodDisruptionBudgetList Items:[policy.PodDisruptionBudget
policy.PodDisruptionBudgetSpec MinAvailable:*v0 Selector:*v{ MaxUnavailable:*v0 UnhealthyPodEvictionPolicy:*s
policy.PodDisruptionBudgetStatus ObservedGeneration:n DisruptedPods:{v DisruptionsAllowed:n CurrentHealthy:n DesiredHealthy:n ExpectedPods:n Conditions:[v
rbac.AggregationRule ClusterRoleSelectors:[v{
rbac.ClusterRole +:meta Rules:[rbac.PolicyRule AggregationRule:*rbac.AggregationRule
rbac.ClusterRoleBinding +:meta Subjects:[rbac.Subject RoleRef:rbac.RoleRef
rbac.ClusterRoleBindingBuilder ClusterRoleBinding:rbac.ClusterRoleBinding
rbac.ClusterRoleBindingList Items:[rbac.ClusterRoleBinding
rbac.ClusterRoleList Items:[rbac.ClusterRole
rbac.PolicyRule Verbs:[s APIGroups:[s Resources:[s ResourceNames:[s NonResourceURLs:[s
rbac.PolicyRuleBuilder PolicyRule:rbac.PolicyRule
rbac.Role +:meta Rules:[rbac.PolicyRule
rbac.RoleBinding +:meta Subjects:[rbac.Subject RoleRef:rbac.RoleRef
rbac.RoleBindingBuilder RoleBinding:rbac.RoleBinding
rbac.RoleBindingList Items:[rbac.RoleBinding
rbac.RoleList Items:[rbac.Role
rbac.RoleRef APIGroup:s Kind:s Name:s
rbac.Subject Kind:s APIGroup:s Name:s Namespace:s
resource.AllocatedDeviceStatus Driver:s Pool:s Device:s ShareID:*s Conditions:[v Data:*v NetworkData:*resource.NetworkDeviceData
resource.AllocationResult Devices:resource.DeviceAllocationResult NodeSelector:*core.NodeSelector AllocationTimestamp:*v
resource.CELDeviceSelector Expression:s
resource.CapacityRequestPolicy Default:*v" ValidValues:[v" ValidRange:*resource.CapacityRequestPolicyRange
resource.CapacityRequestPolicyRange Min:*v" Max:*v" Step:*v"
resource.CapacityRequirements Requests:{v"
resource.Counter Value:v"
resource.CounterSet Name:s Counters:{resource.Counter
resource.Device Name:s Attributes:{resource.DeviceAttribute Capacity:{resource.DeviceCapacity ConsumesCounters:[resource.DeviceCounterConsumption NodeName:*s NodeSelector:*core.NodeSelector AllNodes:*b Taints:[resource.DeviceTaint BindsToNode:*b BindingConditions:[s BindingFailureConditions:[s AllowMultipleAllocations:*b NodeAllocatableResourceMappings:{resource.NodeAllocatableResourceMapping
resource.DeviceAllocationConfiguration Source:s Requests:[s +:resource.DeviceConfiguration
resource.DeviceAllocationResult Results:[resource.DeviceRequestAllocationResult Config:[resource.DeviceAllocationConfiguration
resource.DeviceAttribute IntValue=int:*n BoolValue=bool:*b StringValue=string:*s VersionValue=version:*s IntValues=ints:[n BoolValues=bools:[b StringValues=strings:[s VersionValues=versions:[s
resource.DeviceCapacity Value:v" RequestPolicy:*resource.CapacityRequestPolicy
resource.DeviceClaim Requests:[resource.DeviceRequest Constraints:[resource.DeviceConstraint Config:[resource.DeviceClaimConfiguration
resource.DeviceClaimConfiguration Requests:[s +:resource.DeviceConfiguration
resource.DeviceClass +:meta Spec:resource.DeviceClassSpec
resource.DeviceClassConfiguration +:resource.DeviceConfiguration
resource.DeviceClassList Items:[resource.DeviceClass
resource.DeviceClassSpec Selectors:[resource.DeviceSelector Config:[resource.DeviceClassConfiguration ExtendedResourceName:*s
resource.DeviceConfiguration Opaque:*resource.OpaqueDeviceConfiguration
resource.DeviceConstraint Requests:[s MatchAttribute:*s DistinctAttribute:*s
resource.DeviceCounterConsumption CounterSet:s Counters:{resource.Counter
resource.DeviceRequest Name:s Exactly:*resource.ExactDeviceRequest FirstAvailable:[resource.DeviceSubRequest
resource.DeviceRequestAllocationResult Request:s Driver:s Pool:s Device:s AdminAccess:*b Tolerations:[resource.DeviceToleration BindingConditions:[s BindingFailureConditions:[s ShareID:*s ConsumedCapacity:{v"
resource.DeviceSelector CEL:*resource.CELDeviceSelector
resource.DeviceSubRequest Name:s DeviceClassName:s Selectors:[resource.DeviceSelector AllocationMode:s Count:n Tolerations:[resource.DeviceToleration Capacity:*resource.CapacityRequirements
resource.DeviceTaint Key:s Value:s Effect:s TimeAdded:*v
resource.DeviceTaintRule +:meta Spec:resource.DeviceTaintRuleSpec Status:resource.DeviceTaintRuleStatus
resource.DeviceTaintRuleList Items:[resource.DeviceTaintRule
resource.DeviceTaintRuleSpec DeviceSelector:*resource.DeviceTaintSelector Taint:resource.DeviceTaint
resource.DeviceTaintRuleStatus Conditions:[v
resource.DeviceTaintSelector Driver:*s Pool:*s Device:*s
resource.DeviceToleration Key:s Operator:s Value:s Effect:s TolerationSeconds:*n
resource.ExactDeviceRequest DeviceClassName:s Selectors:[resource.DeviceSelector AllocationMode:s Count:n AdminAccess:*b Tolerations:[resource.DeviceToleration Capacity:*resource.CapacityRequirements
resource.NetworkDeviceData InterfaceName:s IPs=ips:[s HardwareAddress:s
resource.NodeAllocatableResourceMapping CapacityKey:*s AllocationMultiplier:*v"
resource.OpaqueDeviceConfiguration Driver:s Parameters:v
resource.PoolStatus Driver:s PoolName:s Generation:n ResourceSliceCount:*n TotalDevices:*n AllocatedDevices:*n AvailableDevices:*n UnavailableDevices:*n NodeName:*s ValidationError:*s
resource.ResourceClaim +:meta Spec:resource.ResourceClaimSpec Status:resource.ResourceClaimStatus
resource.ResourceClaimConsumerReference APIGroup:s Resource:s Name:s UID:s
resource.ResourceClaimList Items:[resource.ResourceClaim
resource.ResourceClaimSpec Devices:resource.DeviceClaim
resource.ResourceClaimStatus Allocation:*resource.AllocationResult ReservedFor:[resource.ResourceClaimConsumerReference Devices:[resource.AllocatedDeviceStatus
resource.ResourceClaimTemplate +:meta Spec:resource.ResourceClaimTemplateSpec
resource.ResourceClaimTemplateList Items:[resource.ResourceClaimTemplate
resource.ResourceClaimTemplateSpec +:meta Spec:resource.ResourceClaimSpec
resource.ResourcePool Name:s Generation:n ResourceSliceCount:n
resource.ResourcePoolStatusRequest +:meta Spec:resource.ResourcePoolStatusRequestSpec Status:*resource.ResourcePoolStatusRequestStatus
resource.ResourcePoolStatusRequestList Items:[resource.ResourcePoolStatusRequest
resource.ResourcePoolStatusRequestSpec Driver:s PoolName:*s Limit:*n
resource.ResourcePoolStatusRequestStatus PoolCount:*n Pools:[resource.PoolStatus Conditions:[v
resource.ResourceSlice +:meta Spec:resource.ResourceSliceSpec
resource.ResourceSliceList Items:[resource.ResourceSlice
resource.ResourceSliceSpec Driver:s Pool:resource.ResourcePool NodeName:*s NodeSelector:*core.NodeSelector AllNodes:*b Devices:[resource.Device PerDeviceNodeSelection:*b SharedCounters:[resource.CounterSet
scheduling.GangSchedulingPolicy MinCount:n
scheduling.PodGroup +:meta Spec:scheduling.PodGroupSpec Status:scheduling.PodGroupStatus
scheduling.PodGroupList Items:[scheduling.PodGroup
scheduling.PodGroupResourceClaim Name:s ResourceClaimName:*s ResourceClaimTemplateName:*s
scheduling.PodGroupResourceClaimStatus Name:s ResourceClaimName:*s
scheduling.PodGroupSchedulingConstraints Topology:[scheduling.TopologyConstraint
scheduling.PodGroupSchedulingPolicy Basic:*scheduling.BasicSchedulingPolicy Gang:*scheduling.GangSchedulingPolicy
scheduling.PodGroupSpec PodGroupTemplateRef:*scheduling.PodGroupTemplateReference SchedulingPolicy:scheduling.PodGroupSchedulingPolicy SchedulingConstraints:*scheduling.PodGroupSchedulingConstraints ResourceClaims:[scheduling.PodGroupResourceClaim DisruptionMode:*s PriorityClassName:s Priority:*n
scheduling.PodGroupStatus Conditions:[v ResourceClaimStatuses:[scheduling.PodGroupResourceClaimStatus
scheduling.PodGroupTemplate Name:s SchedulingPolicy:scheduling.PodGroupSchedulingPolicy SchedulingConstraints:*scheduling.PodGroupSchedulingConstraints ResourceClaims:[scheduling.PodGroupResourceClaim DisruptionMode:*s PriorityClassName:s Priority:*n
scheduling.PodGroupTemplateReference Workload:*scheduling.WorkloadPodGroupTemplateReference
scheduling.PriorityClass +:meta Value:n GlobalDefault:b Description:s PreemptionPolicy:*s
scheduling.PriorityClassList Items:[scheduling.PriorityClass
scheduling.TopologyConstraint Key:s
scheduling.TypedLocalObjectReference APIGroup:s Kind:s Name:s
scheduling.Workload +:meta Spec:scheduling.WorkloadSpec
scheduling.WorkloadList Items:[scheduling.Workload
scheduling.WorkloadPodGroupTemplateReference WorkloadName:s PodGroupTemplateName:s
scheduling.WorkloadSpec ControllerRef:*scheduling.TypedLocalObjectReference PodGroupTemplates:[scheduling.PodGroupTemplate
storage.CSIDriver +:meta Spec:storage.CSIDriverSpec
storage.CSIDriverList Items:[storage.CSIDriver
storage.CSIDriverSpec AttachRequired:*b FSGroupPolicy:*s PodInfoOnMount:*b VolumeLifecycleModes:[s StorageCapacity:*b TokenRequests:[storage.TokenRequest RequiresRepublish:*b SELinuxMount:*b NodeAllocatableUpdatePeriodSeconds:*n ServiceAccountTokenInSecrets:*b PreventPodSchedulingIfMissing:*b
storage.CSINode +:meta Spec:storage.CSINodeSpec
storage.CSINodeDriver Name:s NodeID:s TopologyKeys:[s Allocatable:*storage.VolumeNodeResources
storage.CSINodeList Items:[storage.CSINode
storage.CSINodeSpec Drivers:[storage.CSINodeDriver
storage.CSIStorageCapacity +:meta NodeTopology:*v{ StorageClassName:s Capacity:*v" MaximumVolumeSize:*v"
storage.CSIStorageCapacityList Items:[storage.CSIStorageCapacity
storage.StorageClass +:meta Provisioner:s Parameters:{s ReclaimPolicy:*s MountOptions:[s AllowVolumeExpansion:*b VolumeBindingMode:*s AllowedTopologies:[core.TopologySelectorTerm
storage.StorageClassList Items:[storage.StorageClass
storage.TokenRequest Audience:s ExpirationSeconds:*n
storage.VolumeAttachment +:meta Spec:storage.VolumeAttachmentSpec Status:storage.VolumeAttachmentStatus
storage.VolumeAttachmentList Items:[storage.VolumeAttachment
storage.VolumeAttachmentSource PersistentVolumeName:*s InlineVolumeSpec:*core.PersistentVolumeSpec
storage.VolumeAttachmentSpec Attacher:s Source:storage.VolumeAttachmentSource NodeName:s
storage.VolumeAttachmentStatus Attached:b AttachmentMetadata:{s AttachError:*storage.VolumeError DetachError:*storage.VolumeError
storage.VolumeAttributesClass +:meta DriverName:s Parameters:{s
storage.VolumeAttributesClassList Items:[storage.VolumeAttributesClass
storage.VolumeError Time:v Message:s ErrorCode:*n
storage.VolumeNodeResources Count:*n
storagemigration.StorageVersionMigration +:meta Spec:storagemigration.StorageVersionMigrationSpec Status:storagemigration.StorageVersionMigrationStatus
storagemigration.StorageVersionMigrationList Items:[storagemigration.StorageVersionMigration
storagemigration.StorageVersionMigrationSpec Resource:v
storagemigration.StorageVersionMigrationStatus Conditions:[v ResourceVersion:s
`;
