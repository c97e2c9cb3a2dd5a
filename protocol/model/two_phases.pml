/*
 * The two phases of one transaction, for spin. Each step bears the name of the function that it stands for;
 * what is left out and how to run it: README.md.
 *
 *   SECONDARIES=1, 2   payers besides the primary
 *   WEAK               messages are lost, doubled and overtaken without bound, and care may die. Without it
 *                      links are as in protocol/messages.md: in order, each message worked on once, any delay
 *   EARLY=n            without WEAK: questions that each node may ask before it has to
 *   LIVENESS           the faults end at some time, for the formula `finishes`
 *   WRONG_CARE         care commits as soon as the primary holds
 *   INVENTING_CARE     care may send a plan that the wallet province has not permitted
 *   SILENT_PRIMARY     with WEAK: the primary may be dead for ever, not having committed; the national node then ends
 *                      what is held
 *   NEEDS_...          with WEAK: takes away one of the three things that links must do
 *   BUG_...            plants one fault
 */
#ifndef SECONDARIES
#define SECONDARIES 1
#endif
#ifndef EARLY
#define EARLY 1
#endif

/* ---- Messages. A bit each. The two sets of final amounts that the client may ask for are 0 and 1. ---- */

#define reserve        0
#define vote           1
#define refusal        2    /* to a reserve */
#define refused_commit 3    /* `refusal` to a commit */
#define commit         4    /* commit + finals: 4, 5 */
#define release        6
#define reverse        7
#define inquire        8
#define was_released   9    /* `decision`; from care, as `certificate` */
#define was_committed  10   /* + finals: 10, 11 */
#define was_reversed   12   /* + finals: 12, 13 */

/* ---- Links, one a direction: from C(are), P(rimary), S(econdary) i. ---- */

#define CP 0
#define PC 1
#define CS(i) (2 + 4 * (i))
#define SC(i) (3 + 4 * (i))
#define PS(i) (4 + 4 * (i))
#define SP(i) (5 + 4 * (i))
#define LINKS (2 + 4 * SECONDARIES)

#ifdef BUG_COMMIT_WITHOUT_VOTES
#define WRONG_CARE
#endif
#ifdef BUG_PERMISSION_NOT_CHECKED
#define INVENTING_CARE
#endif
#if defined(BUG_HOLD_END_TOO_EARLY) || defined(BUG_HOLD_END_NOT_TAKEN)
#define SILENT_PRIMARY
#endif

bool healed;        /* the faults have ended */
bool care_is_dead;  /* for ever, from the end of the faults on */
#ifdef SILENT_PRIMARY
bool primary_is_dead;   /* for ever, from the end of the faults on */
bool nation_signed;     /* two operators of the national node have ended the holds */
#else
#define primary_is_dead false
#define nation_signed false
#endif
bool crash;         /* within a step: the node stops before the step is durable; always false between steps */

#ifdef WEAK
/* What was ever sent can be delivered at any time, any number of times, or never. Once healed, each once. */
short net[LINKS];
#define HAS(l, k) (net[l] & (1 << (k)))
#define PUT(l, k) net[l] = net[l] | (1 << (k))
#ifdef NEEDS_COMMIT_ONCE
#define once(l, k) (healed)
#else
#define once(l, k) (healed || ((l) == CP && ((k) == commit || (k) == commit + 1)) \
    || ((l) == PC && (k) == refused_commit))
#endif
#define DONE_WITH(l, k) if :: once(l, k) -> net[l] = net[l] & ~(1 << (k)) :: else fi
#else
chan net[LINKS] = [6] of { byte };
#define HAS(l, k) (net[l]?[eval(k)])
#define PUT(l, k) assert(nfull(net[l])); net[l]!k
#define DONE_WITH(l, k) net[l]?eval(k)
#endif

/* Nothing leaves a node before it is durable. */
#ifdef BUG_FORGET_ON_CRASH
#define send(l, k) PUT(l, k)
#else
#define send(l, k) if :: !crash -> PUT(l, k) :: else fi
#endif

/* ---- What the nodes keep. ---- */

mtype:care = { nothing, asking_wallet, reserving, reserved, committing, settled, reversing, reversed,
    releasing, released };
mtype:part = { none, held, p_committed, p_released, p_reversed };

#define NO_FINALS 2

mtype:care care_state = nothing;
#ifdef INVENTING_CARE
bool permitted;             /* the wallet province permits the plan: its seal, or its signed reply, says so */
#else
#define permitted true
#endif
byte c_votes;               /* bit 0: the primary's, bit 1 + i: of secondary i */
byte c_finals = NO_FINALS;  /* what the last commit asked for */
byte c_commits;             /* commits that the client asked for */
bool commit_has_votes[2];   /* in the commit with these finals */
bool c_commit_waits;        /* its commit is not answered yet */
bool c_dated;               /* knows the day of the settlement: claimed */
byte c_certificate;         /* the kind of decision whose receipt it kept, or 0 */

mtype:part p_state = none;
bool p_held_once;
byte p_finals = NO_FINALS;

mtype:part s_state[SECONDARIES] = none;
bool s_held_once[SECONDARIES];
byte s_finals[SECONDARIES] = NO_FINALS;

#if SECONDARIES == 1
#define ALL_VOTES 3
#define each_secondary(what) what(0)
#define all_of(what) (what(0))
#define any_of(what) (what(0))
#else
#define ALL_VOTES 7
#define each_secondary(what) what(0); what(1)
#define all_of(what) (what(0) && what(1))
#define any_of(what) (what(0) || what(1))
#endif

#ifndef WEAK
byte c_asked, s_asked[SECONDARIES];
#endif

/* ---- Witnesses: what was said and done, whatever the rows say now. ---- */

bool told_settled, told_reversed, told_nothing_taken;
byte p_undone, s_undone[SECONDARIES], c_unclaimed;
bool p_has_committed, own_refusal[SECONDARIES];

/* ---- Properties. Looked at after each step; the name of the broken one is what spin prints. ---- */

bool one_outcome = true, no_early_release = true, told_the_truth = true, reversed_once = true;
bool no_dead_end = true, finished_as_one = true, only_permitted = true;

#define took(x) ((x) == p_committed || (x) == p_reversed)
#define p_took took(p_state)
#define s_took(i) took(s_state[i])
#define s_is_released(i) (s_state[i] == p_released)
#define s_agrees(i) (!s_took(i) || (p_took && s_finals[i] == p_finals))
#define s_in_time(i) (s_state[i] != p_released || own_refusal[i] || p_state == p_released || nation_signed)
#define s_may_hold(i) (permitted || !s_held_once[i])
#define s_undone_well(i) (s_undone[i] == (s_state[i] == p_reversed))
#define s_as_primary(i) (s_state[i] == p_state || (s_state[i] == none && p_state == p_released))
#define s_not_held(i) (s_state[i] != held)

inline check() {
    d_step {
        /* a */
        one_outcome = all_of(s_agrees) && !(p_took && any_of(s_is_released)) &&
            !(care_state == released && p_took) &&
            (!c_dated || (p_took && c_finals == p_finals));
        assert(one_outcome);
        /* b */
        no_early_release = all_of(s_in_time);
        assert(no_early_release);
        /* c */
        told_the_truth = (!told_settled || p_took) && (!told_reversed || p_state == p_reversed) &&
            !(told_nothing_taken && p_took);
        assert(told_the_truth);
        /* e */
        reversed_once = (p_undone == (p_state == p_reversed)) && (!p_undone || p_has_committed) &&
            all_of(s_undone_well) &&
            (c_unclaimed == (care_state == reversed));
        assert(reversed_once);
        /* g */
        only_permitted = all_of(s_may_hold) && (permitted || !p_held_once);
        assert(only_permitted);
    }
}

/* ---- A step: one message or command, in one transaction of the store. ---- */

hidden mtype:care old_care;
hidden byte old_c_votes, old_c_finals, old_c_commits, old_c_certificate, old_c_unclaimed;
hidden byte old_c_commit_waits, old_c_dated, old_settled, old_reversed, old_nothing;
hidden mtype:part old_p_state, old_s_state;
hidden byte old_p_has_committed, old_p_held_once, old_s_held_once, old_own_refusal;
hidden byte old_p_finals, old_p_undone, old_s_finals, old_s_undone;

inline keep_care() {
    old_care = care_state; old_c_votes = c_votes; old_c_finals = c_finals; old_c_commits = c_commits;
    old_c_certificate = c_certificate; old_c_unclaimed = c_unclaimed; old_c_commit_waits = c_commit_waits;
    old_c_dated = c_dated; old_settled = told_settled; old_reversed = told_reversed;
    old_nothing = told_nothing_taken
}
inline keep_primary() {
    old_p_state = p_state; old_p_held_once = p_held_once;
    old_p_finals = p_finals; old_p_undone = p_undone; old_p_has_committed = p_has_committed
}
inline keep_secondary(i) {
    old_s_state = s_state[i]; old_s_held_once = s_held_once[i]; old_own_refusal = own_refusal[i];
    old_s_finals = s_finals[i]; old_s_undone = s_undone[i]
}

/* A message is done with once it is durable; the link delivers it again after a crash. */
inline begin(l, k) {
    if
    :: DONE_WITH(l, k)
    :: !healed -> crash = true
    fi
}
inline begin_own() {
    if
    :: true
    :: !healed -> crash = true
    fi
}
inline end_care() {
    if
    :: crash ->
        care_state = old_care; c_votes = old_c_votes; c_finals = old_c_finals; c_commits = old_c_commits;
        c_certificate = old_c_certificate; c_unclaimed = old_c_unclaimed;
        c_commit_waits = old_c_commit_waits; c_dated = old_c_dated; told_settled = old_settled;
        told_reversed = old_reversed; told_nothing_taken = old_nothing; crash = false
    :: else
    fi;
    check()
}
inline end_primary() {
    if
    :: crash ->
        p_state = old_p_state; p_held_once = old_p_held_once;
        p_finals = old_p_finals; p_undone = old_p_undone; p_has_committed = old_p_has_committed;
        crash = false
    :: else
    fi;
    check()
}
inline end_secondary(i) {
    if
    :: crash ->
        s_state[i] = old_s_state; s_held_once[i] = old_s_held_once; own_refusal[i] = old_own_refusal;
        s_finals[i] = old_s_finals; s_undone[i] = old_s_undone; crash = false
    :: else
    fi;
    check()
}

#define CARE(l, k)         (HAS(l, k) && !care_is_dead) -> keep_care(); begin(l, k)
#define PRIMARY(l, k)      (HAS(l, k) && !primary_is_dead) -> keep_primary(); begin(l, k)
#define SECONDARY(l, k)    HAS(l, k) -> keep_secondary(me); begin(l, k)
#define CARE_WHEN(c)       ((c) && !care_is_dead) -> keep_care(); begin_own()
#define PRIMARY_WHEN(c)    ((c) && !primary_is_dead) -> keep_primary(); begin_own()
#define SECONDARY_WHEN(c)  (c) -> keep_secondary(me); begin_own()

/* ---- Care: coordinator. ---- */

#define send_reserve(i) send(CS(i), reserve)
#define send_release(i) send(CS(i), was_released)

/* The wallet answered with a plan: `take(_: WalletReply)`. */
inline c_plan() {
    care_state = reserving;
    send(CP, reserve);
    each_secondary(send_reserve)
}

/* The wallet province's part: `permission(for:of:)`. */
inline c_permitted() {
#ifdef INVENTING_CARE
    permitted = true
#else
    skip
#endif
}

/* `close`. */
inline c_close() {
    care_state = released;
    c_votes = 0;
    c_finals = NO_FINALS;
    c_commit_waits = false;
    told_nothing_taken = true
}

/* `end(_:saidBy:)`, as the coordinator. */
inline c_end() { c_close() }

/* `giveUp`. */
inline c_give_up() {
    if
    :: care_state == asking_wallet -> c_close()
    :: else ->
        care_state = releasing;
        told_nothing_taken = true;
        send(CP, release);
#ifdef BUG_CARE_RELEASES_ALL
        each_secondary(send_release)
#endif
    fi
}

#ifdef WRONG_CARE
#define votes_suffice (c_votes & 1)
#else
#define votes_suffice (c_votes == ALL_VOTES)
#endif

/* `take(_: Vote)`. That nothing is held by all votes together is one choice more. */
inline c_take_vote(bit_of) {
    if
    :: care_state == reserving ->
        c_votes = c_votes | bit_of;
        if
        :: votes_suffice -> care_state = reserved
        :: votes_suffice -> c_give_up()
        :: !votes_suffice -> skip
        fi
    :: else
    fi
}

/* `take(_: Refusal)`. */
inline c_take_refusal() {
    if
    :: care_state == reserving -> c_give_up()
    :: else
    fi
}
inline c_take_refused_commit() {
    if
    :: care_state == committing ->
        care_state = reserved;
        c_commit_waits = false;
        c_finals = NO_FINALS
    :: else
    fi
}

#define pass_on_released(i)  send(CS(i), was_released)
#define pass_on_committed(i) send(CS(i), was_committed + c_finals)
#define pass_on_reversed(i)  send(CS(i), was_reversed + c_finals)

/* `completeCommit`. */
inline c_complete_commit() {
    if
    :: c_commit_waits -> c_commit_waits = false; told_settled = true
    :: else
    fi
}

/* `coordinate`: released, committed, reversed. */
inline c_learn_released() {
    if
    :: (care_state == reserving || care_state == reserved || care_state == committing || care_state == releasing ||
        care_state == reversing) && !c_dated ->
        c_close();
        c_certificate = was_released;
        each_secondary(pass_on_released)
    :: else
    fi
}
inline c_learn_committed(f) {
    if
    :: (care_state == committing || care_state == reversing) && f == c_finals && !c_dated ->
        c_dated = true;
        c_certificate = was_committed + f;
        if
        :: care_state == committing -> care_state = settled; c_votes = 0
        :: else
        fi;
        c_complete_commit();
        each_secondary(pass_on_committed)
    :: else
    fi
}
inline c_learn_reversed(f) {
    if
    :: care_state == reversing && f == c_finals ->
        if
        :: !c_dated -> c_dated = true; c_complete_commit()
        :: else
        fi;
        c_unclaimed++;
        care_state = reversed;
        c_votes = 0;
        c_certificate = was_reversed + f;
        told_reversed = true;
        each_secondary(pass_on_reversed)
    :: else
    fi
}

/* `answer(_: Inquire)`, asked as the coordinator. */
inline c_answer(i) {
    if
    :: c_certificate != 0 -> send(CS(i), c_certificate)
    :: else
    fi
}

#define c_is_open (care_state == reserving || care_state == reserved || care_state == committing \
    || care_state == reversing || care_state == releasing)

#define CARE_HEARS(i) \
    :: CARE(SC(i), vote); c_take_vote(2 << i) \
    :: CARE(SC(i), refusal); c_take_refusal() \
    :: CARE(SC(i), inquire); c_answer(i)

active proctype Care() {
end:
    do
    :: atomic {
        if
        :: CARE(PC, vote); c_take_vote(1)
        :: CARE(PC, refusal); c_take_refusal()
        :: CARE(PC, refused_commit); c_take_refused_commit()
        :: CARE(PC, was_released); c_learn_released()
        :: CARE(PC, was_committed); c_learn_committed(0)
        :: CARE(PC, was_committed + 1); c_learn_committed(1)
        :: CARE(PC, was_reversed); c_learn_reversed(0)
        :: CARE(PC, was_reversed + 1); c_learn_reversed(1)
        CARE_HEARS(0)
#if SECONDARIES == 2
        CARE_HEARS(1)
#endif
        /* The wallet's answer, with a permission or without. */
        :: CARE_WHEN(care_state == asking_wallet);
            if
            :: c_permitted(); c_plan()
            :: c_close()
#ifdef INVENTING_CARE
            :: c_plan()
#endif
            fi
#if defined(SILENT_PRIMARY) && !defined(BUG_HOLD_END_NOT_TAKEN)
        :: CARE_WHEN(nation_signed && c_is_open && !c_dated); c_end()
#endif
        /* `wakeCoordination`: `vote_wait_milliseconds` are over. */
        :: CARE_WHEN(care_state == asking_wallet || care_state == reserving); c_give_up()
        /* `wakeCoordination` later, and `resolveInDoubt` at any time. */
#ifdef WEAK
        :: c_is_open && !healed && !HAS(CP, inquire) -> PUT(CP, inquire)
#else
        :: c_is_open && c_asked < EARLY -> c_asked++; PUT(CP, inquire)
#endif
        fi;
        end_care()
    }
    od
}

/* ---- The client of care, who may go away at any time. ---- */

/* What is left out here is refused and changes nothing. */
active proctype Client() {
    atomic { care_state == nothing -> care_state = asking_wallet };
    do
    :: atomic {
        if
        /* `commitSettlement` */
        :: CARE_WHEN(care_state == reserved && c_commits < 2);
            c_finals = c_commits;
            commit_has_votes[c_finals] = c_votes == ALL_VOTES;
            c_commits++;
            c_commit_waits = true;
            care_state = committing;
            send(CP, commit + c_finals);
#ifdef BUG_TELL_BEFORE_DECISION
            told_settled = true;
#endif
        /* `cancelSettlement` */
        :: CARE_WHEN(care_state == asking_wallet || care_state == reserving || care_state == reserved);
            c_give_up()
#ifdef BUG_CANCEL_WHILE_COMMITTING
        :: CARE_WHEN(care_state == committing); c_give_up()
#endif
        /* `reverseSettlement` */
        :: CARE_WHEN(care_state == committing || care_state == settled);
            care_state = reversing;
            send(CP, reverse)
        fi;
        end_care()
    }
    :: break
    od
}

/* ---- Primary: decides. ---- */

#define tell_released(i)  send(PS(i), was_released)
#define tell_committed(i) send(PS(i), was_committed + p_finals)
#define tell_reversed(i)  send(PS(i), was_reversed + p_finals)

/* `announce`. */
inline p_announce() {
    if
    :: p_state == p_released -> send(PC, was_released); each_secondary(tell_released)
    :: p_state == p_committed -> send(PC, was_committed + p_finals); each_secondary(tell_committed)
    :: p_state == p_reversed -> send(PC, was_reversed + p_finals); each_secondary(tell_reversed)
    fi
}

/* `tell`: what was decided, to who asked. */
inline p_tell(l) {
    if
    :: p_state == p_released -> send(l, was_released)
    :: p_state == p_committed -> send(l, was_committed + p_finals)
    :: p_state == p_reversed -> send(l, was_reversed + p_finals)
    fi
}

/* `buryUnknown`. */
inline p_bury(l) {
#ifndef BUG_SILENT_PRIMARY
#ifndef BUG_FORGET_TOMBSTONE
    p_state = p_released;
#endif
    send(l, was_released)
#else
    skip
#endif
}

/* `release(_:_:)`, with 85 or 86. */
inline p_release() {
    p_state = p_released;
    p_announce()
}

/* `permissionRefusal`. */
#ifdef BUG_PERMISSION_NOT_CHECKED
#define is_permitted true
#else
#define is_permitted permitted
#endif

/* `end(_:saidBy:)`, as the primary: its decision then. */
inline p_end() { p_release() }

/* `reserve`, `repeatVote`. Good or not is the rules' and the books' choice. */
inline p_reserve() {
    if
    :: p_state == none && is_permitted -> p_state = held; p_held_once = true; send(PC, vote)
    :: p_state == none -> p_state = p_released; send(PC, refusal); p_announce()
    :: p_state == p_released && !p_held_once -> send(PC, refusal)
    :: p_state != none && p_held_once -> send(PC, vote)
    fi
}

/* `settle`. */
inline p_commit(f) {
    p_state = p_committed;
    p_has_committed = true;
    p_finals = f;
    p_announce()
}

/* `allVotes`. */
#ifdef BUG_COMMIT_WITHOUT_VOTES
#define votes_are_there(f) true
#else
#define votes_are_there(f) commit_has_votes[f]
#endif

/* `decide(_: Commit)`. The hold may be over without the wake (85), or a receipt may not hold (84). */
inline p_decide_commit(f) {
    if
    :: p_state == none -> p_bury(PC)
#ifdef BUG_COMMIT_AFTER_EXPIRY
    :: p_state == p_released && p_held_once -> p_commit(f)
#endif
    :: p_state == held -> p_release()
    :: p_state == held -> send(PC, refused_commit)
    :: p_state == held && votes_are_there(f) -> p_commit(f)
    :: p_state != none && p_state != held -> p_tell(PC)
    fi
}

/* `decide(_: Release)`. */
inline p_decide_release() {
    if
    :: p_state == none -> p_bury(PC)
    :: p_state == held -> p_release()
    :: else -> p_tell(PC)
    fi
}

/* `decide(_: Reverse)`. */
inline p_decide_reverse() {
    if
    :: p_state == none -> p_bury(PC)
#ifdef BUG_REVERSE_BEFORE_COMMIT
    :: p_state == held -> p_finals = 0; p_undone++; p_state = p_reversed; p_announce()
#else
    :: p_state == held -> p_release()
#endif
    :: p_state == p_committed -> p_undone++; p_state = p_reversed; p_announce()
#ifdef BUG_REVERSE_TWICE
    :: p_state == p_reversed -> p_undone++; p_announce()
#endif
    :: p_state == p_released || p_state == p_reversed -> p_tell(PC)
    fi
}

/* `answer(_: Inquire)`. */
inline p_answer(l) {
    if
    :: p_state == none -> p_bury(l)
#ifndef BUG_NO_EXPIRY
    :: p_state == held -> p_release()
#endif
    :: p_state == held -> skip
    :: p_state != none && p_state != held -> p_tell(l)
    fi
}

#ifdef BUG_PRIMARY_EXPIRES_AFTER_COMMIT
#define may_expire (p_state == held || p_state == p_committed)
#else
#define may_expire (p_state == held)
#endif

active proctype Primary() {
end:
    do
    :: atomic {
        if
        :: PRIMARY(CP, reserve); p_reserve()
        :: PRIMARY(CP, commit); p_decide_commit(0)
        :: PRIMARY(CP, commit + 1); p_decide_commit(1)
        :: PRIMARY(CP, release); p_decide_release()
        :: PRIMARY(CP, reverse); p_decide_reverse()
        :: PRIMARY(CP, inquire); p_answer(PC)
        :: PRIMARY(SP(0), inquire); p_answer(PS(0))
#if SECONDARIES == 2
        :: PRIMARY(SP(1), inquire); p_answer(PS(1))
#endif
#ifndef BUG_NO_EXPIRY
        /* `wakeParticipation`: the hold has ended. */
        :: PRIMARY_WHEN(may_expire); p_release()
#endif
#ifdef SILENT_PRIMARY
        :: PRIMARY_WHEN(nation_signed && p_state == held); p_end()
#endif
        fi;
        end_primary()
    }
    od
}

/* ---- Secondary: holds until it learns. ---- */

/* `reserve`, `repeatVote`. */
inline s_reserve() {
    if
    :: s_state[me] == none && is_permitted -> s_state[me] = held; s_held_once[me] = true; send(SC(me), vote)
    :: s_state[me] == none -> s_state[me] = p_released; own_refusal[me] = true; send(SC(me), refusal)
    :: s_state[me] == p_released && !s_held_once[me] -> send(SC(me), refusal)
    :: s_state[me] != none && s_held_once[me] -> send(SC(me), vote)
    fi
}

/* `end(_:saidBy:)`, as a secondary. */
inline s_end() { s_state[me] = p_released }

/* `participate`: released (a tombstone, if unknown), committed, reversed. */
inline s_learn_released() {
    if
    :: s_state[me] == none || s_state[me] == held -> s_state[me] = p_released
    :: else
    fi
}
inline s_learn_committed(f) {
    if
    :: s_state[me] == held -> s_state[me] = p_committed; s_finals[me] = f
    :: else
    fi
}
inline s_learn_reversed(f) {
    if
    :: s_state[me] == held -> s_finals[me] = f; s_undone[me]++; s_state[me] = p_reversed
    :: s_state[me] == p_committed -> s_undone[me]++; s_state[me] = p_reversed
    :: else
    fi
}

#define SECONDARY_LEARNS(l) \
    :: SECONDARY(l, was_released); s_learn_released() \
    :: SECONDARY(l, was_committed); s_learn_committed(0) \
    :: SECONDARY(l, was_committed + 1); s_learn_committed(1) \
    :: SECONDARY(l, was_reversed); s_learn_reversed(0) \
    :: SECONDARY(l, was_reversed + 1); s_learn_reversed(1)

active [SECONDARIES] proctype Secondary() {
    byte me;
    me = _pid - 3;
end:
    do
    :: atomic {
        if
        :: SECONDARY(CS(me), reserve); s_reserve()
        SECONDARY_LEARNS(PS(me))
        SECONDARY_LEARNS(CS(me))
        /* `wakeParticipation`, `resolveInDoubt`: asks the primary, and care. */
#ifndef BUG_NO_INQUIRE
#ifdef WEAK
        :: s_state[me] == held && !healed && (!HAS(SP(me), inquire) || !HAS(SC(me), inquire)) ->
            PUT(SP(me), inquire); PUT(SC(me), inquire)
#else
        :: s_state[me] == held && s_asked[me] < EARLY ->
            s_asked[me]++; PUT(SP(me), inquire); PUT(SC(me), inquire)
#endif
#endif
#ifdef SILENT_PRIMARY
        :: SECONDARY_WHEN(nation_signed && s_state[me] == held); s_end()
#endif
#ifdef BUG_SECONDARY_EXPIRES
        :: SECONDARY_WHEN(s_state[me] == held); s_state[me] = p_released
#endif
        fi;
        end_secondary(me)
    }
    od
}

/* ---- Time: the faults end; who waits asks again; at the end all is well. ---- */

/* What would not be asked for again, should it be lost. */
#ifdef NEEDS_REVERSE
#define kept_reverse(l) 0
#else
#define kept_reverse(l) (l == CP -> 1 << reverse : 0)
#endif
#ifdef NEEDS_NEWS_OF_REVERSAL
#define kept_news(l) 0
#else
#define kept_news(l) ((l == PS(0) || l == PS(SECONDARIES - 1)) -> 3 << was_reversed : 0)
#endif
#define kept(l) (kept_reverse(l) | kept_news(l))

#if defined(WEAK) || defined(LIVENESS)
active proctype Heal() {
    atomic {
        healed = true;
#ifdef WEAK
        if
        :: true
        :: care_is_dead = true
        fi;
#ifdef SILENT_PRIMARY
        /* One that has committed and is gone is another matter: people have to find out. */
        if
        :: true
        :: !p_took -> primary_is_dead = true
        fi;
#endif
        byte l = 0;
        do
        :: l < LINKS ->
            /* All that is under way is lost, but for that. */
            net[l] = net[l] & kept(l);
            l++
        :: else -> break
        od;
        l = 0
#endif
    }
}
#endif

#ifdef SILENT_PRIMARY
/* The holds must have ended for long, and the operators have found that the primary did not commit. */
#ifdef BUG_HOLD_END_TOO_EARLY
#define may_sign true
#else
#define may_sign primary_is_dead
#endif
active proctype Nation() {
end:
    may_sign -> nation_signed = true
}
#endif

#define care_is_done (care_is_dead || care_state == released || care_state == settled || care_state == reversed)
#define finished (care_is_done && (primary_is_dead || p_state != held) && all_of(s_not_held))

#ifdef BUG_NO_INQUIRE
#define ask_again(i) skip
#else
#define ask_again(i) if :: s_state[i] == held -> PUT(SP(i), inquire); PUT(SC(i), inquire) :: else fi
#endif

/* Nothing else can happen: whatever is still open has only its own wakes left. They are given twice. */
active proctype Time() {
    byte rounds;
end:
    do
    :: atomic {
        timeout ->
        if
        :: finished ->
            /* d, second half: all ended alike */
            finished_as_one = primary_is_dead || (p_state == none || p_state == p_released || all_of(s_as_primary)) &&
                (care_is_dead || ((care_state == settled) == (p_state == p_committed) &&
                (care_state == reversed) == (p_state == p_reversed)));
            assert(finished_as_one);
            break
        :: else ->
            no_dead_end = rounds < 2;
            assert(no_dead_end);
            rounds++;
            if
            :: c_is_open && !care_is_dead -> PUT(CP, inquire)
            :: else
            fi;
            each_secondary(ask_again)
        fi
        }
    od
}

#ifdef LIVENESS
ltl finishes { [] (healed -> <> (finished)) }
#endif
