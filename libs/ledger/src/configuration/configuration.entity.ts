import type { ActivationState, NodePurpose } from '@prelector/findings';
import { Column, Entity, PrimaryColumn } from 'typeorm';
import type { JsonObject } from '../json-object.js';

export type ConfigurationKind = 'node' | 'feed' | 'rule' | 'credential';

/** A configuration object in its present version; older ones stand in `configuration_version`. */
abstract class ConfiguredRow {
  @PrimaryColumn('uuid') id!: string;
  @Column('text') name!: string;
  @Column('int') version!: number;
  @Column('jsonb') body!: JsonObject;
  /** Set when it left the configuration; the row stays for the runs that name it. */
  @Column('timestamptz', { nullable: true }) removedAt!: Date | null;
  @Column('timestamptz') updatedAt!: Date;
}

/** One DICOMweb server of a site. */
@Entity('pacs_node')
export class PacsNodeRow extends ConfiguredRow {
  /** Null is treated as clinical. */
  @Column('text', { nullable: true }) purpose!: NodePurpose | null;
}

/** One HL7 sender as we hear it. */
@Entity('feed')
export class FeedRow extends ConfiguredRow {}

/** Says which runs are made and where evidence goes. */
@Entity('rule')
export class RuleRow extends ConfiguredRow {
  @Column('text') packageId!: string;
}

/** Credentials by reference (`env:`, `file:`), or kept encrypted; never both. */
@Entity('credential')
export class CredentialRow extends ConfiguredRow {
  @Column('text', { nullable: true }) keyId!: string | null;
  @Column('bytea', { nullable: true }) secret!: Buffer | null;
}

/** Every version that a configuration object ever had. Append-only. */
@Entity('configuration_version')
export class ConfigurationVersionRow {
  @PrimaryColumn('bigint', { generated: 'increment' }) sequence!: string;
  @Column('text') kind!: ConfigurationKind;
  @Column('uuid') objectId!: string;
  @Column('text') name!: string;
  @Column('int') version!: number;
  /** Null when this version removes the object. */
  @Column('jsonb', { nullable: true }) body!: JsonObject | null;
  @Column('timestamptz') at!: Date;
  @Column('text') who!: string;
  @Column('text') why!: string;
}

/** A package switched off, to shadow or on for a rule. Append-only; the latest row of a rule holds. */
@Entity('package_activation')
export class PackageActivationRow {
  @PrimaryColumn('bigint', { generated: 'increment' }) sequence!: string;
  @Column('uuid') ruleId!: string;
  @Column('text') packageId!: string;
  @Column('text', { nullable: true }) packageVersion!: string | null;
  /** Digest of the whole package at that moment; a package that differs now is off. */
  @Column('text', { nullable: true }) packageDigest!: string | null;
  @Column('text') state!: ActivationState;
  @Column('timestamptz') at!: Date;
  @Column('text') who!: string;
  @Column('text') why!: string;
}
