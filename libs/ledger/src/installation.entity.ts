import { Column, Entity, PrimaryColumn } from 'typeorm';

/** This installation: exactly one row; its id goes into every UID of evidence. */
@Entity('installation')
export class InstallationRow {
  @PrimaryColumn('uuid') id!: string;
  @Column('timestamptz') createdAt!: Date;
}
