// The shapes that the server's JSON has (its side is ui/present), and those that scripts pass on.

// --- from the server ---------------------------------------------------------------------------

interface ImageRecord {
  id: string;
  model: string;
  prompt: string;
  negative_prompt: string | null;
  width: number | null;
  height: number | null;
  num_steps: number | null;
  guidance_scale: number | null;
  seed: number | null;
  created: string;
  seconds: number | null;
  price_usd: number | null;
  cached: boolean;
  starred: boolean;
  image_url: string;
  thumb_url: string;
  rating: number;
  tags: string[];
  deleted: string | null;
  provider: string;
  parent: Origin | null;
  experiment: string | null;
  width_px: number;
  height_px: number;
}

interface Origin {
  id: string;
  kind: string;
}

interface Refusal {
  message: string;
  hint: string;
  field: string | null;
  maybe_charged: boolean;
}

type RunState = "queued" | "sent" | "saved" | "failed" | "unknown" | "cancelled";

/** The later try of the same request that stands for it. */
interface TriedAgain {
  run: string;
  created: string;
  image: string | null;
}

interface Run {
  id: string;
  index: number;
  state: RunState;
  prompt: string;
  seed: number | null;
  width: number | null;
  height: number | null;
  sent_s: number | null;
  list_price: string | null;
  free: boolean;
  record: ImageRecord | null;
  error: Refusal | null;
  way: { text: string; href: string } | null;
  balance: string | null;
  unsent: "stopped" | "failed" | "ended" | null;
  after_stop: boolean;
  other_model: string | null;
  dismissed: boolean;
  waits_for: string | null;
  waits_until: string | null;
  tried_again: TriedAgain | null;
}

/** What `/api/jobs` answers. */
interface Jobs {
  jobs: Job[];
  in_doubt: number;
  earlier: string | null;
  as_of: string;
}

interface Job {
  id: string;
  model: string;
  model_label: string;
  prompt: string;
  asked: string[];
  created: string;
  age_s: number;
  ended: boolean;
  usual_s: number | null;
  runs: Run[];
}

interface Page {
  images: ImageRecord[];
  next: string | null;
  total: number;
  total_is_least: boolean;
  as_of: number;
}

interface Facets {
  models: { id: string; label: string }[];
  providers: string[];
  tags: { tag: string; count: number }[];
  sizes: string[];
  sessions: { id: string; title: string; started: number }[];
  trash: number;
}

type Verdict = "identical" | "near" | "different";

interface Pixels {
  verdict: Verdict | null;
  mean_difference: number | null;
  text: string;
  map_url: string | null;
}

interface Proof extends Pixels {
  id: string;
  verdict: Verdict;
  created: string;
}

interface Relative {
  record: ImageRecord | null;
  kind: string;
  text: string;
  changes: { label: string; from: string | null; to: string | null }[];
}

interface Lineage {
  parent: Relative | null;
  children: Relative[];
  more: number;
}

interface Offer {
  possible: boolean;
  text: string;
}

interface Details {
  record: ImageRecord;
  details: [label: string, text: string][];
  lineage: Lineage;
  proofs: Proof[];
  reproduce: Offer;
  neighbours: Offer;
  models: { id: string; label: string; notes: string[] }[];
  recipe: string | null;
}

interface ComparedRow {
  name: string;
  label: string;
  values: (string | null)[];
  differs: boolean;
}

interface Compared {
  images: ImageRecord[];
  rows: ComparedRow[];
  pixels: Pixels | null;
}

interface Brought {
  source: string;
  values: { [parameter: string]: unknown };
  dropped: { [parameter: string]: unknown };
  unknown: { [parameter: string]: unknown };
  model: string | null;
  model_label: string | null;
  text: string;
  recipe: string | null;
  choices: { text: string; recipe: string }[];
}

interface EarlierPrompt {
  prompt: string;
  used: string;
  uses: number;
}

interface StatisticsRow {
  day: string;
  model: string;
  label: string;
  images: number;
  price_usd: number;
  seconds: number;
}

interface Statistics {
  until: string;
  zone: string;
  rows: StatisticsRow[];
  total: { images: number; price_usd: number; seconds: number };
}

interface Status {
  login: boolean;
  offline: boolean;
  mode: string;
  notices: string[];
}

interface Setup {
  api_url: string;
  has_key: boolean;
  tier: string;
  own_limits: { [name: string]: string };
  offline: boolean;
  shared: boolean;
  tiers: { name: string; label: string }[];
  used: string;
  in_force: string;
}

/** A connection beside the first one (ui/routes/connections.py). */
interface FurtherConnection {
  name: string;
  kind: string;
  label: string;
  api_url: string;
  has_key: boolean;
  lan: boolean;
  requests_per_minute: string;
  requests_per_day: string;
  dollars_per_day: string;
  price_usd: string;
  models: number;
  text: string;
  ok: boolean;
}

interface ConnectionKind {
  name: string;
  label: string;
  api_url: string;
  needs_key: boolean;
  takes_key: boolean;
  local: boolean;
  key_example: string;
}

interface FurtherConnections {
  connections: FurtherConnection[];
  kinds: ConnectionKind[];
}

/** A key of another program (ui/routes/keys.py). */
interface ProgramKey {
  id: string;
  name: string;
  text: string;
}

interface ProgramKeys {
  base_url: string;
  mcp_url: string;
  a1111_url: string;
  keys: ProgramKey[];
}

type MadeKey = ProgramKeys & { key: string; id: string };

/** What is told to the results panel through Gradio (ui/page/handlers.py). */
type Message =
  | { kind: "job"; job: Job; typed?: string; tried?: Run | null; renewed?: Run[] }
  | { kind: "tried"; run: Run | null; text: string }
  | { kind: "note"; text: string }
  | { kind: "dismissed"; run: string }
  | { kind: "error"; error: Refusal }
  | { kind: "unanswered"; late: boolean }; // from the page itself (form.js)

/** The chip under the prompt (ui/page/basis.py). */
interface Basis {
  origin: Origin | null;
  title: string;
  text: string;
  bad: boolean;
  other?: { id: string; text: string } | null;
  lists?: [title: string, pairs: [name: string, value: string][]][];
}

// --- to the server -----------------------------------------------------------------------------

/** What is changed on images: `tags` on one, `add_tags` and `remove_tags` on many. */
interface Changes {
  starred?: boolean;
  rating?: number;
  tags?: string[];
  add_tags?: string[];
  remove_tags?: string[];
  deleted?: boolean;
}

interface Target {
  ids?: string[];
  query?: string;
}

interface Changed {
  changed: number;
  ids: string[] | null;
  undo: string | null;
}

/** Which settings of an image go into the form. */
interface Reuse {
  id: string;
  what: "all" | "seed" | "prompt" | "model";
  model?: string;
}

// --- between scripts ---------------------------------------------------------------------------

/** What one walks through in the viewer, and who hears of what was done (viewer/viewer.js). */
interface ViewerRow {
  total: () => number;
  record: (index: number) => Promise<ImageRecord | null>;
  index: number;
  changed?: (record: ImageRecord) => void;
  removed?: (id: string) => void;
  reuse?: ((choice: Reuse) => void) | null;
  closed?: (index: number) => void;
  started?: ((job: Job) => void) | null;
  indexOf?: (id: string) => number;
  live?: ((image: ImageRecord) => StageSource) | null; // what the stage shows instead: it follows what is made
}

/** What the stage needs of an image. */
type StageImage = Pick<
  ImageRecord,
  "id" | "prompt" | "image_url" | "thumb_url" | "width_px" | "height_px" | "provider"
>;

/**
 * A row of images for the stage (stage/stage.js), begun at `index`; `record(i)` is null where there is
 * none. With `watch` images come in while it is shown: `hear` is told how many are being made and
 * which one has come, and `indexOf` finds them again (-1 where they are gone). Returns how to stop.
 */
interface StageSource {
  total: () => number;
  record: (index: number) => Promise<StageImage | null>;
  index: number;
  indexOf?: (id: string) => number;
  watch?: (hear: (now: { making: number; made?: StageImage }) => void) => () => void;
}

/** What the viewer's side may ask of it. */
interface Viewer {
  dialog: HTMLDialogElement;
  changed: (record: ImageRecord) => void;
  started: ((job: Job) => void) | null;
  reuse: ((choice: Reuse) => void) | null;
  visit: (record: ImageRecord) => void;
  remove: (record: ImageRecord) => void;
  restore: (record: ImageRecord) => void;
  forget: (record: ImageRecord) => void;
  tell: (text: string) => void;
  announce: (text: string) => void;
  where: (job: Job) => HTMLElement;
}

/** What Gradio gives to the `mount` of a component; `value` and the others are its props. */
interface Component<Props> {
  element: HTMLElement;
  props: Props;
  trigger: (event: string, data?: object) => void;
  watch: (prop: string, callback: () => void) => void;
}

/** What draws itself into an element, and needs nothing else. */
type Drawn = Pick<Component<object>, "element">;

/** An event as a listener of `h` hears it: it is on an element of ours. */
type Heard<E> = E & { currentTarget: HTMLElement; target: HTMLElement };

type Listeners = {
  [Name in keyof HTMLElementEventMap as `on${Name}`]?: (event: Heard<HTMLElementEventMap[Name]>) => unknown;
};

/** Attributes of an element; `text`, `dataset` and listeners are set as such. */
type Props = Listeners & {
  text?: string | number | null;
  dataset?: { [name: string]: string | number | boolean };
} & { [attribute: string]: unknown };

type Child = Node | string | null | undefined;

/** An error of our routes in words; `refused` is the server's refusal, where it is one. */
interface AskError extends Error {
  refused?: Refusal;
}

/** An image was changed; or many were; or a change was taken back. */
type Marked =
  | { record: ImageRecord; changes: Changes }
  | { target: Target; changes: Changes; answer: Changed }
  | { undone: Changes; answer: Changed };

/** Something that can be taken back, once (shared/undo.js). */
interface Undoable {
  run: () => void;
  withdraw: () => boolean;
  withdrawn: (hear: () => void) => unknown;
}

/** A change of images that can be taken back; `then` is called when it has been. */
interface Undo extends Undoable {
  after: (then: () => unknown) => unknown;
}

/** From create/frames.js, which runs before Gradio's scripts. */
declare var calmFrames: (() => void) | undefined;
declare var createParts: typeof import("../create/page.js").parts | undefined;

/** Where scripts look there are HTML elements alone. */
interface ParentNode {
  querySelector<Tag extends keyof HTMLElementTagNameMap>(selectors: Tag): HTMLElementTagNameMap[Tag] | null;
  querySelector(selectors: string): HTMLElement | null;
  querySelectorAll<Tag extends keyof HTMLElementTagNameMap>(selectors: Tag): NodeListOf<HTMLElementTagNameMap[Tag]>;
  querySelectorAll(selectors: string): NodeListOf<HTMLElement>;
}

interface Element {
  closest(selectors: string): HTMLElement | null;
}

interface DocumentEventMap {
  "playground:marked": CustomEvent<Marked>;
  "playground:forgotten": CustomEvent<{ ids: string[] | null }>;
  "playground:reuse": CustomEvent<Reuse | { recipe: string; model?: string } | { preset: string }>;
  "playground:styles": CustomEvent<null>;
  "playground:style-file": CustomEvent<File>;
  "playground:forget": CustomEvent<null>;
  "playground:settings": CustomEvent<null>;
  "playground:connection": CustomEvent<null>;
  "playground:back": CustomEvent<null>;
  "playground:settled": CustomEvent<null>;
  "playground:choices": CustomEvent<Choices | null>;
}

/** From texts/TAG.js: what the page's language says instead of ours, and which plural each form is. */
declare var playgroundTexts: { texts: Record<string, string | string[]>; plurals: Record<string, number> } | undefined;

/** What templates make of a click, or what is wrong with them; null where braces are braces. */
interface Choices {
  text?: string;
  random?: boolean;
  wrong?: string;
}

// --- styles ---------------------------------------------------------------------------------------

interface StyleOf {
  name: string;
  prompt: string;
  negative_prompt: string;
}

interface PresetOf {
  name: string;
  model: string;
  values: Record<string, string | number>;
  styles: string[];
  random_seed: boolean | null;
  count: number | null;
}

interface StylesOf {
  styles: StyleOf[];
  presets: PresetOf[];
}

interface TakenFile {
  text: string;
  styles: string[];
  presets: string[];
  left_out: { name: string; why: string }[];
}

// --- experiments ----------------------------------------------------------------------------------

interface ModelParameter {
  name: string;
  kind: "text" | "integer" | "number";
  label: string;
  help: string;
  default: string | number | null;
  minimum: number | null;
  maximum: number | null;
  step: number | null;
  choices: string[];
}

interface ModelInfo {
  id: string;
  label: string;
  connection: string;
  description: string;
  parameters: ModelParameter[];
}

interface AxisOf {
  kind: string;
  values: unknown[];
  labels: string[];
  notes: string[];
}

/** What a form says of an experiment; each kind has its own: `axes` and `repeats` are a grid's. */
interface PlanOf {
  kind?: string;
  title: string;
  base: Record<string, unknown>;
  axes?: Record<string, Record<string, unknown>>;
  repeats?: number;
  [own: string]: unknown;
}

/** What "which words mattered" says of a prompt: its phrases, and by their numbers what becomes of them. */
interface WordsOf {
  phrases?: string[];
  keep?: number[];
  instead?: Record<string, string>;
  seeds?: number[];
}

/** The part of the form that one kind of experiment has to itself. */
interface AskedOf {
  root: HTMLElement;
  /** Its part of the plan. */
  given(): Partial<PlanOf>;
  /** What it is called where nobody names it. */
  name(): string;
  /** Whether it needs a prompt beside it. */
  needsPrompt(): boolean;
  /** Put an earlier plan into it, or what a new one begins with. */
  fill(plan: PlanOf | null): void;
  /** Say what was understood. */
  tell(found: Planned): void;
  /** Say what is wrong, if `field` is of this part; none: forget what was said. */
  refuse(field: string, message: string): boolean;
}

/** What an experiment shows above its cells; the kinds that answer a question have one. */
interface PanelOf {
  root: HTMLElement;
  /** Called whenever something of it changed. */
  update(experiment: Experiment, cells: CellOf[]): void;
  /** Whether its cells are not to be seen yet. */
  hidesCells(): boolean;
  close(): void;
}

interface Planned {
  digest: string;
  axes: Record<string, AxisOf>;
  places: number;
  cells: number;
  cached: number;
  to_send: number;
  price_usd: number | null;
  seconds: number | null;
  today: number | null;
  notes: string[];
  order: number[][];
}

interface ListedExperiment {
  id: string;
  kind: string;
  title: string;
  created: string;
  state: "running" | "paused" | "stopped" | "done";
  why: string;
  goes_on: string | null;
}

/** An experiment in the list, and how far it is. */
interface InTheList extends ListedExperiment {
  counts: Record<"cells" | "saved" | "failed" | "unknown", number>;
  spent_usd: number;
}

interface CellOf {
  place: number[];
  places: number[][];
  state: "waiting" | "queued" | "sent" | "saved" | "failed" | "unknown";
  image_id: string | null;
  seconds: number | null;
  price_usd: number | null;
  cached: boolean;
  difference: number | null;
  error: string | null;
}

/** How large the downloads of an experiment are. */
interface ExportsOf {
  html: { about_bytes: number };
  png: {
    width_px: number | null;
    height_px: number | null;
    image_px: number;
    smaller: boolean;
    refused: string | null;
  };
  csv: { rows: number };
}

interface Experiment extends ListedExperiment {
  counts: Record<"cells" | "cached" | CellOf["state"], number>;
  version: string;
  whole: boolean;
  cells: CellOf[];
  plan: PlanOf;
  base: Record<string, unknown>;
  axes: Record<"x" | "y" | "z", AxisOf>;
  ending: boolean;
  seconds_left: number | null;
  words: WordsAnswer | null;
  hidden: boolean; // a blind test's cells, until the voting has ended
}

/** What each phrase changed, see ui/routes/models/phrases.py. */
interface WordsAnswer {
  floor: number | null;
  scale: number | null;
  of_seeds: number;
  least: number;
  phrases: PhraseOf[];
  after: string;
}

interface PhraseOf {
  before: string;
  text: string;
  instead: string | null;
  share: number | null;
  verdict: "open" | "changed" | "nothing" | "unclear" | "kept";
  tried: TriedPhrase[];
}

interface TriedPhrase {
  seed: number;
  difference: number | null;
  share: number | null;
  written: string | null;
  changed: string | null;
}

// --- demo sessions --------------------------------------------------------------------------------

/** Where a wish stands (backend/sessions/state.py), of those that the desk is told of. */
type WishState = "waiting" | "approved" | "sent" | "made" | "failed" | "doubt";

interface WishPicture {
  id: string;
  image: string;
  thumb_url: string;
  prompt: string;
  name: string;
  seconds: number | null;
  price_usd: number | null;
  seed: number | null;
  model: string;
  recorded: boolean;
}

interface DeskWish {
  id: string;
  number: number;
  name: string;
  own: boolean;
  text: string;
  state: WishState;
  place: number | null;
  at: number;
  sent_at: number | null;
  why: string;
  shown: boolean;
  parent: string | null;
  recorded: boolean;
  picture: WishPicture | null;
  marked: boolean;
  group: number | null;
}

interface SessionRound {
  id: string;
  open: boolean;
  options: (WishPicture & { letter: string })[];
  votes: number;
  totals: number[] | null;
  winner: string | null;
}

interface SessionScene {
  wish: string | null;
  wall: boolean;
  black: boolean;
  frozen: boolean;
  code: boolean;
}

/** Where else a session is, or could be begun: `here` is this machine's own desk. */
interface DeskElsewhere {
  here: string;
  session: { machine: string; url: string; title: string } | null;
}

/** A session as its presenter sees it; what comes of `/api/session`. */
interface DeskState {
  id: string;
  title: string;
  model: string;
  state: "checking" | "open" | "closed" | "ended";
  version: number;
  paused: boolean;
  why: string;
  trouble: string;
  code: string;
  url: string;
  helper_url: string;
  addresses: { url: string; network: string; reached: boolean }[];
  here: number;
  visitors: number;
  images: number;
  per_visitor: number;
  approve: boolean;
  gate: boolean;
  menu: string;
  used: number;
  left: number;
  spent_usd: number | null;
  image_price_usd: number | null;
  trusted: number;
  rehearsed: boolean;
  recorded_on: string;
  played: boolean;
  plays_s: number | null;
  wishes: DeskWish[];
  untold: number;
  groups: { group: number; wishes: number }[];
  scene: SessionScene;
  round: SessionRound | null;
  variants: { of: string; kind: string; wishes: string[]; vote: boolean; note: string } | null;
}

/** What the desk's parts ask for; each tells by itself where it was refused. */
interface DeskDeeds {
  session(deed: { do: string; [more: string]: unknown }): Promise<boolean>;
  wish(wish: DeskWish, what: "approve" | "hold" | "refuse" | "show" | "hide" | "again"): Promise<boolean>;
  add(text: string): Promise<string>;
  scene(change: Partial<Record<"wall" | "black" | "frozen" | "code", boolean>>): Promise<boolean>;
  vary(wish: DeskWish): void;
  undo(): void;
}

/** A session that is kept to be played again, without any network. */
interface Rehearsal {
  name: string;
  session: string;
  title: string;
  recorded_on: string;
  seconds: number;
  images: number;
  missing: number;
  playing: boolean;
}

// --- wildcard files -------------------------------------------------------------------------------

interface WildcardFile {
  name: string;
  lines: number;
  trouble: string;
}

interface WildcardText {
  name: string;
  lines: number;
  text: string;
  digest: string;
}

// --- demo sessions, as the projector is told of them (stage_json of ui/present/sessions.py) --------

interface StageWish {
  id: string;
  prompt: string;
  name: string;
  since: number;
  recorded?: boolean;
  recorded_on?: string;
}

/** One of a rehearsal says where it is had, what it cost, and when it was recorded. */
interface StagePicture {
  id: string;
  image: string;
  image_url?: string;
  thumb_url?: string;
  was_usd?: number | null;
  recorded_on?: string;
  prompt: string;
  name: string;
  seconds: number | null;
  price_usd: number | null;
  recorded: boolean;
}

interface StageRound {
  id: string;
  open: boolean;
  options: (StagePicture & { letter: string })[];
  votes: number;
  totals: number[] | null;
  winner: string | null;
}

interface StageScene {
  wish: string | null;
  wall: boolean;
  black: boolean;
  frozen: boolean;
  code: boolean;
}

interface StageState {
  title: string;
  state: "checking" | "open" | "closed" | "ended";
  version: number;
  resting: boolean;
  code: string;
  url: string;
  here: number;
  left: number;
  waiting: number;
  making: StageWish[];
  image: StagePicture | null;
  wall: StagePicture[];
  scene: StageScene;
  round: StageRound | null;
  recorded: boolean;
  recorded_on?: string;
  played: boolean;
}

/** Window Management, which TypeScript does not know yet. */
interface ScreensOf {
  screen: Screen & { isExtended?: boolean };
  getScreenDetails?: () => Promise<{ screens: OtherScreen[]; currentScreen: OtherScreen }>;
}

interface OtherScreen {
  availLeft: number;
  availTop: number;
  availWidth: number;
  availHeight: number;
}

// --- demo sessions that were held -----------------------------------------------------------------

interface KeptSession {
  id: string;
  title: string;
  model: string;
  started: number;
  ended: number | null;
  images: number;
  spent_usd: number | null;
  visitors: number;
}

interface KeptPicture {
  wish: string;
  image: string;
  text: string;
  seed: number | null;
  model: string;
  seconds: number | null;
  price_usd: number | null;
  parent: string | null;
}

interface WholeSession extends KeptSession {
  pictures: KeptPicture[];
  rounds: { options: string[]; totals: number[]; winner: string | null }[];
  leads_to: string | null;
}

/** A picture of a way: `changed` says what it has other than the one before. */
interface LineageStep extends KeptPicture {
  changed: string[];
  vote: { letter: string; votes: number; of: number; won: boolean } | null;
}

interface SessionLineage {
  session: string;
  title: string;
  wish: string;
  steps: LineageStep[];
}
