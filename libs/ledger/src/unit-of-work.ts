import type { EntityManager } from 'typeorm';
import { ConfigurationChanges } from './configuration/configuration-changes.js';
import { Configurations } from './configuration/configurations.js';
import { Credentials } from './configuration/credentials.js';
import { Events } from './events/events.js';
import { Acceptances } from './evidence/acceptances.js';
import { Deliveries } from './evidence/deliveries.js';
import { Evidence } from './evidence/evidence.js';
import { Identities } from './identities/identities.js';
import { Patients } from './identities/patients.js';
import { Archives } from './joining/archives.js';
import { Arrivals } from './joining/arrivals.js';
import { Joining } from './joining/joining.js';
import { Judging } from './joining/judging.js';
import { OrderEffects } from './joining/order-effects.js';
import { OrderLinks } from './joining/order-links.js';
import { OrderStatements } from './joining/order-statements.js';
import { Pairs } from './joining/pairs.js';
import { Partings } from './joining/partings.js';
import { PatientMerges } from './joining/patient-merges.js';
import { Locks } from './lock-in-order.js';
import { NodeRefusals } from './nodes/node-refusals.js';
import { Feeds } from './notices/feeds.js';
import { Notices } from './notices/notices.js';
import { FirstOrders } from './orders/first-orders.js';
import { MergedOrders } from './orders/merged-orders.js';
import { Numbers } from './orders/numbers.js';
import { OrderBook } from './orders/order-book.js';
import { OrderIdentities } from './orders/order-identities.js';
import { OrderSearch } from './orders/order-search.js';
import { Orders } from './orders/orders.js';
import { Procedures } from './orders/procedures.js';
import { Recognition } from './orders/recognition.js';
import { UnitedOrders } from './orders/united-orders.js';
import { UnusableOrders } from './orders/unusable-orders.js';
import { Polls } from './polls/polls.js';
import { Retention } from './retention/retention.js';
import { Runs } from './runs/runs.js';
import { DeadLetters } from './steps/dead-letters.js';
import { Outbox } from './steps/outbox.js';
import { Steps } from './steps/steps.js';
import { Status } from './story/status.js';
import { Stories } from './story/stories.js';
import { StudySearch } from './story/study-search.js';
import { Studies } from './studies/studies.js';
import { StudyCopies } from './studies/study-copies.js';
import { Holds } from './transitions/holds.js';
import { Moves } from './transitions/moves.js';
import { Superseding } from './transitions/superseding.js';
import type { Installation } from './sql.js';
import { Statements } from './sql.js';

/**
 * Everything that one transaction may do, or outside one the connection pool: the aggregates of the ledger, all over the
 * same connection. It lives as long as that.
 */
export class UnitOfWork {
  /** For a statement that no aggregate has. */
  readonly sql: Statements;
  readonly events: Events;
  readonly outbox: Outbox;
  readonly steps: Steps;
  readonly runs: Runs;
  readonly deliveries: Deliveries;
  readonly deadLetters: DeadLetters;
  readonly nodeRefusals: NodeRefusals;
  readonly studies: Studies;
  readonly copies: StudyCopies;
  readonly evidence: Evidence;
  readonly acceptances: Acceptances;
  readonly identities: Identities;
  readonly patients: Patients;
  readonly configuration: Configurations;
  readonly configurationChanges: ConfigurationChanges;
  readonly credentials: Credentials;
  readonly polls: Polls;
  readonly retention: Retention;
  readonly notices: Notices;
  readonly feeds: Feeds;
  readonly status: Status;
  readonly orders: Orders;
  readonly stories: Stories;
  readonly studySearch: StudySearch;
  readonly numbers: Numbers;
  readonly orderSearch: OrderSearch;
  readonly orderBook: OrderBook;
  readonly firstOrders: FirstOrders;
  readonly mergedOrders: MergedOrders;
  readonly unusableOrders: UnusableOrders;
  readonly moves: Moves;
  readonly superseding: Superseding;
  readonly holds: Holds;
  readonly locks: Locks;
  readonly archives: Archives;
  readonly orderStatements: OrderStatements;
  readonly judging: Judging;
  readonly links: OrderLinks;
  readonly orderEffects: OrderEffects;
  readonly joining: Joining;
  readonly patientMerges: PatientMerges;

  constructor(
    manager: EntityManager,
    private readonly installation: Installation,
  ) {
    const sql = new Statements(manager, installation);
    this.sql = sql;
    this.events = new Events(sql);
    this.outbox = new Outbox(sql);
    this.steps = new Steps(sql, this.outbox);
    this.runs = new Runs(sql, this.events);
    this.deliveries = new Deliveries(sql, this.events);
    this.deadLetters = new DeadLetters(sql, this.events, this.steps, this.runs, this.deliveries);
    this.nodeRefusals = new NodeRefusals(sql, this.events);
    this.studies = new Studies(sql, this.events, this.outbox, this.steps);
    this.copies = new StudyCopies(sql, this.steps);
    this.evidence = new Evidence(sql, this.events);
    this.acceptances = new Acceptances(sql, this.events);
    this.identities = new Identities(sql);
    this.patients = new Patients(sql);
    this.configuration = new Configurations(sql);
    this.configurationChanges = new ConfigurationChanges(sql, this.events);
    this.credentials = new Credentials(sql, this.configurationChanges);
    this.polls = new Polls(sql);
    this.retention = new Retention(sql, this.events);
    this.notices = new Notices(sql);
    this.feeds = new Feeds(sql);
    this.status = new Status(sql);
    this.orders = new Orders(sql);
    this.stories = new Stories(sql, this.runs, this.studies, this.copies, this.orders, (read) =>
      this.#inOneMoment((tx) => read(tx.stories)),
    );
    this.studySearch = new StudySearch(sql);
    this.numbers = new Numbers(sql);
    this.orderSearch = new OrderSearch(sql, this.numbers);
    const recognition = new Recognition(sql, this.patients);
    const procedures = new Procedures(sql, this.identities, this.patients, this.numbers);
    const orderIdentities = new OrderIdentities(sql, this.events, this.identities);
    const unitedOrders = new UnitedOrders(
      sql,
      this.events,
      this.steps,
      this.identities,
      this.numbers,
      this.orders,
      recognition,
      procedures,
      orderIdentities,
    );
    this.orderBook = new OrderBook(
      sql,
      this.events,
      this.identities,
      this.numbers,
      this.orders,
      recognition,
      procedures,
      orderIdentities,
      unitedOrders,
    );
    this.firstOrders = new FirstOrders(sql, this.numbers);
    this.mergedOrders = new MergedOrders(
      sql,
      this.identities,
      this.patients,
      this.numbers,
      this.orders,
      recognition,
      unitedOrders,
      this.orderBook,
    );
    this.unusableOrders = new UnusableOrders(sql, this.events, this.orders, recognition, this.orderBook);
    this.moves = new Moves(
      sql,
      this.events,
      this.steps,
      this.runs,
      this.studies,
      this.deliveries,
      this.orders,
    );
    this.superseding = new Superseding(sql, this.steps, this.moves);
    this.holds = new Holds(sql, this.events, this.steps, this.runs, this.copies, this.moves);
    this.locks = new Locks(sql, this.numbers, this.orders);
    this.archives = new Archives(sql, this.patients);
    this.orderStatements = new OrderStatements(this.identities, this.patients, this.numbers, this.orders);
    this.judging = new Judging(
      sql,
      this.identities,
      this.patients,
      this.holds,
      this.archives,
      this.orderStatements,
    );
    this.links = new OrderLinks(sql, this.events, this.studies, this.orders, this.moves);
    const partings = new Partings(
      sql,
      this.events,
      this.steps,
      this.identities,
      this.patients,
      this.orders,
      this.moves,
      this.archives,
      this.judging,
      this.links,
    );
    const arrivals = new Arrivals(sql, this.steps, this.moves);
    this.orderEffects = new OrderEffects(this.events, this.studies, this.moves);
    const pairs = new Pairs(
      sql,
      this.copies,
      this.identities,
      this.patients,
      this.holds,
      this.archives,
      this.links,
      partings,
      arrivals,
      this.orderEffects,
    );
    this.joining = new Joining(sql, this.numbers, this.orders, this.archives, this.judging, partings, pairs);
    this.patientMerges = new PatientMerges(sql, this.events, this.patients, this.numbers, this.orders);
  }

  /** Reads what stood in one moment. */
  #inOneMoment<T>(read: (tx: UnitOfWork) => Promise<T>): Promise<T> {
    return this.sql.manager.transaction('REPEATABLE READ', (manager) =>
      read(new UnitOfWork(manager, this.installation)),
    );
  }
}

/** The open transaction, or outside one the connection pool. */
export type Tx = UnitOfWork;

/** What a unit of work calls its aggregates. */
export type Aggregate = Exclude<keyof UnitOfWork, 'sql'>;

/** The classes of all aggregates by their names in a unit of work: none is left out. */
export const aggregates: {
  readonly [Name in Aggregate]: abstract new (...parts: never[]) => UnitOfWork[Name];
} = {
  events: Events,
  outbox: Outbox,
  steps: Steps,
  runs: Runs,
  deliveries: Deliveries,
  deadLetters: DeadLetters,
  nodeRefusals: NodeRefusals,
  studies: Studies,
  copies: StudyCopies,
  evidence: Evidence,
  acceptances: Acceptances,
  identities: Identities,
  patients: Patients,
  configuration: Configurations,
  configurationChanges: ConfigurationChanges,
  credentials: Credentials,
  polls: Polls,
  retention: Retention,
  notices: Notices,
  feeds: Feeds,
  status: Status,
  orders: Orders,
  stories: Stories,
  studySearch: StudySearch,
  numbers: Numbers,
  orderSearch: OrderSearch,
  orderBook: OrderBook,
  firstOrders: FirstOrders,
  mergedOrders: MergedOrders,
  unusableOrders: UnusableOrders,
  moves: Moves,
  superseding: Superseding,
  holds: Holds,
  locks: Locks,
  archives: Archives,
  orderStatements: OrderStatements,
  judging: Judging,
  links: OrderLinks,
  orderEffects: OrderEffects,
  joining: Joining,
  patientMerges: PatientMerges,
};
