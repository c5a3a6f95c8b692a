import { deterministicId } from "../../../platform/runtime/ids.ts";
import { type Chance, createChance } from "./random.ts";
import { commonComments, givenNames, liveTitles, secondNames, type Theme, themes } from "./themes.ts";

/** How much is made up. */
export interface Scale {
  readonly creators: number;
  readonly videos: number;
  readonly viewers: number;
  /** How many products the catalogue's seed has; showcases refer to them by their agreed ids. */
  readonly products: number;
  readonly sessionsOnAir: number;
  readonly sessionsEnded: number;
}

/** The scales that ETALASE_SEED_SCALE names. */
export const scales = {
  full: { creators: 120, videos: 1200, viewers: 1500, products: 3000, sessionsOnAir: 8, sessionsEnded: 40 },
  small: { creators: 10, videos: 60, viewers: 40, products: 60, sessionsOnAir: 2, sessionsEnded: 4 },
} as const satisfies Record<string, Scale>;

/** A row by the names of its columns. */
export type Row = Readonly<Record<string, string | number | null>>;

/** Rows of each table, in the order in which tables may be filled. */
export type SeedTables = ReadonlyMap<string, readonly Row[]>;

/** The evening up to which the made-up past reaches. */
const latest = Date.UTC(2026, 10, 23, 15, 30);
const minuteMs = 60_000;
const dayMs = 24 * 60 * minuteMs;
const videosPerDay = 10;

interface Person {
  readonly id: string;
  readonly theme: number;
  /** From 1, the most followed, falling. */
  readonly popularity: number;
}

function iso(instantMs: number): string {
  return new Date(instantMs).toISOString();
}

function themeOf(index: number): Theme {
  const theme = themes[index % themes.length];
  if (theme === undefined) throw new RangeError("there are no themes");
  return theme;
}

function viewerSubject(n: number): string {
  return `seed-viewer-${n}`;
}

function makeViewers(scale: Scale, chance: Chance): Row[] {
  return Array.from({ length: scale.viewers }, (_, n) => ({
    subject: viewerSubject(n),
    name: `${chance.pick(givenNames)} ${chance.pick(secondNames).charAt(0)}.`,
    first_seen_at: iso(latest - 200 * dayMs + chance.below(60 * dayMs)),
  }));
}

function makeCreators(scale: Scale, chance: Chance): { people: Person[]; creators: Row[]; follows: Row[] } {
  const people: Person[] = [];
  const creators: Row[] = [];
  const follows: Row[] = [];
  for (let n = 0; n < scale.creators; n += 1) {
    const id = deterministicId("creator", n);
    const given = givenNames[n % givenNames.length] ?? "";
    const second = secondNames[(n * 7 + Math.floor(n / givenNames.length)) % secondNames.length] ?? "";
    const popularity = 1 / (1 + chance.below(scale.creators) / 4) ** 0.7;
    const joinedMs = latest - 400 * dayMs + chance.below(200 * dayMs);
    const followers = chance.distinct(Math.round(popularity * scale.viewers * 0.6), scale.viewers);
    people.push({ id, theme: n % themes.length, popularity });
    creators.push({
      id,
      handle: `${given}.${second}`.toLowerCase() + (n < givenNames.length ? "" : `${n}`),
      display_name: `${given} ${second}`,
      bio: chance.pick(themeOf(n).bios),
      avatar_url: `https://media.etalase.example/avatars/${id}.webp`,
      follower_count: followers.length,
      joined_at: iso(joinedMs),
    });
    for (const follower of followers) {
      const followedAt = iso(latest - 120 * dayMs + chance.below(119 * dayMs));
      follows.push({ subject: viewerSubject(follower), creator_id: id, followed_at: followedAt });
    }
  }
  return { people, creators, follows };
}

/** Whole days back, and within a day from 06:00 to 22:30 in Jakarta: what comes later in the list is newer. */
function publishedAt(n: number, scale: Scale, chance: Chance): number {
  const fromLast = scale.videos - 1 - n;
  const slotMs = (990 * minuteMs) / videosPerDay;
  const daysBack = Math.floor(fromLast / videosPerDay);
  return latest - daysBack * dayMs - (fromLast % videosPerDay) * slotMs - chance.below(slotMs - minuteMs);
}

function titleOf(titles: readonly string[], things: readonly string[], chance: Chance): string {
  const title = chance.pick(titles).replace("{thing}", chance.pick(things));
  return title.charAt(0).toUpperCase() + title.slice(1);
}

/** A title that the creator has not used; when chance finds none, the next part of one. */
function newTitle(draw: () => string, used: Map<string, number>): string {
  let title = draw();
  for (let tries = 0; used.has(title) && tries < 5; tries += 1) title = draw();
  const part = (used.get(title) ?? 0) + 1;
  used.set(title, part);
  return part === 1 ? title : `${title} (bagian ${part})`;
}

function productIdsOf(theme: number, scale: Scale, count: number, chance: Chance): string[] {
  const places = chance.distinct(count, Math.floor(scale.products / themes.length));
  return places.map((place) => deterministicId("product", theme + place * themes.length));
}

interface Published {
  readonly videos: Row[];
  readonly showcase: Row[];
  readonly likes: Row[];
  readonly comments: Row[];
}

function makeEngagement(
  video: { id: string; atMs: number; likes: number },
  theme: Theme,
  scale: Scale,
  chance: Chance,
) {
  const ageMs = latest - video.atMs;
  const later = (): string => iso(video.atMs + chance.below(Math.min(ageMs, 5 * dayMs) + 1));
  const likes = chance
    .distinct(video.likes, scale.viewers)
    .map((n) => ({ subject: viewerSubject(n), video_id: video.id, liked_at: later() }));
  const comments = Array.from({ length: chance.below(Math.min(8, 2 + video.likes)) }, () => ({
    video_id: video.id,
    author_subject: viewerSubject(chance.below(scale.viewers)),
    text: chance.pick(chance.below(2) === 0 ? theme.comments : commonComments),
    created_at: later(),
  }));
  return { likes, comments };
}

function makeVideos(people: readonly Person[], scale: Scale, chance: Chance): Published {
  const made: Published = { videos: [], showcase: [], likes: [], comments: [] };
  const titlesOf = new Map(people.map((person) => [person.id, new Map<string, number>()]));
  for (let n = 0; n < scale.videos; n += 1) {
    const id = deterministicId("video", n);
    const creator = chance.pick(people);
    // Now and then a creator strays from the theme.
    const theme = chance.below(7) === 0 ? chance.below(themes.length) : creator.theme;
    const { titles, things, captions, hashtag } = themeOf(theme);
    const atMs = publishedAt(n, scale, chance);
    const reach = creator.popularity * (0.3 + chance.fraction() ** 3 * 2);
    const { likes, comments } = makeEngagement(
      { id, atMs, likes: Math.round(Math.min(0.5, reach * 0.05) * scale.viewers) },
      themeOf(theme),
      scale,
      chance,
    );
    made.videos.push({
      id,
      creator_id: creator.id,
      title: newTitle(() => titleOf(titles, things, chance), titlesOf.get(creator.id) ?? new Map()),
      caption: `${chance.pick(captions)} #${hashtag} #etalase`,
      media_url: `https://media.etalase.example/videos/${id}.mp4`,
      mime_type: "video/mp4",
      poster_url: `https://media.etalase.example/posters/${id}.webp`,
      width_px: 1080,
      height_px: 1920,
      duration_seconds: 12 + chance.below(79),
      published_at: iso(atMs),
      like_count: likes.length,
      view_count: likes.length * (6 + chance.below(20)) + 15 + chance.below(60),
      comment_count: comments.length,
    });
    for (const [position, product_id] of productIdsOf(theme, scale, 1 + chance.below(3), chance).entries()) {
      const item = deterministicId("showcase-item", made.showcase.length);
      made.showcase.push({ id: item, video_id: id, position, product_id });
    }
    made.likes.push(...likes);
    const firstComment = made.comments.length;
    made.comments.push(...comments.map((row, i) => ({ id: deterministicId("comment", firstComment + i), ...row })));
  }
  return made;
}

function makeLiveSessions(people: readonly Person[], scale: Scale, chance: Chance): { sessions: Row[]; pins: Row[] } {
  const sessions: Row[] = [];
  const pins: Row[] = [];
  for (let n = 0; n < scale.sessionsEnded + scale.sessionsOnAir; n += 1) {
    const isOnAir = n >= scale.sessionsEnded;
    const creator = people[n % people.length];
    if (creator === undefined) break;
    const id = deterministicId("live-session", n);
    const startedMs = isOnAir
      ? latest - (10 + chance.below(100)) * minuteMs
      : latest - (1 + scale.sessionsEnded - n) * dayMs - chance.below(300) * minuteMs;
    const endedAt = isOnAir ? null : iso(startedMs + (30 + chance.below(90)) * minuteMs);
    const title = titleOf(liveTitles, themeOf(creator.theme).things, chance);
    sessions.push({ id, creator_id: creator.id, title, started_at: iso(startedMs), ended_at: endedAt });
    for (const product_id of productIdsOf(creator.theme, scale, 1, chance)) {
      const pinnedAt = iso(startedMs + 5 * minuteMs);
      const pin = deterministicId("live-pin", n);
      pins.push({ id: pin, live_session_id: id, product_id, pinned_at: pinnedAt, unpinned_at: endedAt });
    }
  }
  return { sessions, pins };
}

/** Makes up an organisation's content: the same rows on every machine, counts equal to the rows they count. */
export function makeContent(scale: Scale): SeedTables {
  const chance = createChance(20_261_124);
  const viewers = makeViewers(scale, chance);
  const { people, creators, follows } = makeCreators(scale, chance);
  const { videos, showcase, likes, comments } = makeVideos(people, scale, chance);
  const { sessions, pins } = makeLiveSessions(people, scale, chance);
  return new Map([
    ["viewer", viewers],
    ["creator", creators],
    ["follow", follows],
    ["video", videos],
    ["showcase_item", showcase],
    ["video_like", likes],
    ["comment", comments],
    ["live_session", sessions],
    ["live_pin", pins],
  ]);
}
