"""A contract nobody can break proves nothing: each lie, told by every connector it can be told by, must be caught by the named check."""

from typing import Any, NamedTuple

import pytest

from connectors import registry
from model.errors import HubError
from tests.contract import (
    checks_acknowledging,
    checks_commands,
    checks_days,
    checks_days_listed,
    checks_failing,
    checks_file_commands,
    checks_files,
    checks_labels,
    checks_listings,
    checks_mail,
    checks_mapping,
    checks_money_files,
    checks_orders,
    checks_payouts,
    checks_reading,
    checks_refunds,
    checks_replying,
    checks_stock,
    checks_tracking,
    checks_voucher_files,
    checks_vouchers,
    lies_acknowledging,
    lies_commands,
    lies_days_listed,
    lies_fetching,
    lies_files,
    lies_labels,
    lies_listings,
    lies_mail,
    lies_mapping,
    lies_money_files,
    lies_orders,
    lies_payouts,
    lies_replying,
    lies_stock,
    lies_tracking,
    lies_voucher_files,
    lies_vouchers,
    lies_wire,
)
from tests.contract.checks import CHECKS, OF_FILES, OF_MAILS, Check, promises_of
from tests.contract.lying import Lie
from tests.contract.stand import Stream
from tests.contract.stands import stand_of, stands


class Caught(NamedTuple):
    """A lie and the check that must catch it; `only` where the lie needs a certain connector to be told at all."""

    lie: Lie
    check: Check
    only: tuple[str, ...] = ()
    of: tuple[str, ...] = (
        "orders", "days", "payments", "refunds", "listings", "stock", "advices", "shipments", "cancels", "notices", "acknowledgements",
        "labels", "tracking", "payouts", "disputes", "vouchers", "entries", "replies",
    )  # fmt: skip
    """The streams that it can be told about."""


BY_TOKEN = ("shopify", "square")
BY_OFFSET = ("woocommerce",)
WITH_NUMBERS = ("shipbob", "shipstation", "shopify", "stripe", "taobao", "tryton_pos", "vendure", "woocommerce")
NOT_MONEY = tuple(name for name in Caught._field_defaults["of"] if name not in {"payouts", "disputes"})
MONEY_IN_NUMBERS = ("stripe",)
"""Who write what moves in payouts and disputes as numbers, of which one alone may be wrong."""
WITH_PRODUCTS = ("taobao", "woocommerce")
"""Whose variants stand below products."""
WITH_SWITCHES = ("woocommerce",)
"""That set no level of what they do not count."""
REMEMBERING = ("shipbob", "square", "woocommerce")
FORGETTING = ("easypost", "medusa", "shopify", "taobao", "tryton", "vendure")
"""Whose commands are looked for before they are sent again."""
IN_STEPS = ("easypost", "medusa", "tryton", "vendure")
"""Who need several requests for one command."""
BY_FILE = ("edi_partner", "edi_warehouse")
AS_TEXT = ("beancount", "hledger", "voucher_csv")
"""Whose files of many vouchers are soon written whole; a workbook takes half a minute."""
ITEMISING = ("shopify", "square", "stripe")
"""Who say which lines a payout is made of."""
WITH_DRAFTS = ("tryton", "xero")
"""Ledgers that know drafts."""
BLIND = ("quickbooks", "xero")
"""Ledgers that are posted to without a look; who looks each time cannot tell the lie that nothing is there."""
HIDING = ("medusa", "shopify", "square", "tryton_pos", "vendure")
"""Who know orders that their lists leave out."""
COMPARING = ("medusa", "shopify", "square", "vendure")

LIES = (
    Caught(lies_fetching.leaves_the_last_row_out, checks_reading.every_row_of_the_window_is_read),
    Caught(lies_fetching.reads_a_month_too_much, checks_reading.the_window_is_respected),
    Caught(lies_fetching.takes_no_rows_for_a_failure, checks_reading.an_empty_window_is_read),
    Caught(lies_fetching.gives_no_tokens, checks_reading.only_the_last_page_has_no_token),
    Caught(lies_fetching.skips_a_page_when_it_resumes, checks_reading.resuming_after_any_page_loses_nothing),
    Caught(lies_fetching.begins_anew_when_it_resumes, checks_reading.a_token_goes_on_and_not_back),
    Caught(lies_fetching.keeps_one_row_per_instant, checks_reading.ties_lose_nothing),
    Caught(lies_fetching.pages_by_number, checks_reading.rows_that_leave_lose_nothing, BY_OFFSET, ("orders",)),
    Caught(lies_fetching.reads_orders_by_number, checks_reading.rows_that_leave_lose_nothing, BY_OFFSET, ("refunds",)),
    Caught(lies_fetching.counts_before_it_reads, checks_reading.rows_that_arrive_lose_nothing, BY_OFFSET, ("orders",)),
    Caught(lies_listings.lists_by_number, checks_reading.rows_that_arrive_lose_nothing, BY_OFFSET, ("listings",)),
    Caught(
        lies_fetching.takes_a_repeated_page_for_the_end,
        checks_reading.a_repeated_page_is_harmless,
        BY_TOKEN,
        ("orders", "payments", "refunds"),
    ),
    Caught(lies_fetching.never_gives_up, checks_reading.a_looping_token_ends),
    Caught(lies_fetching.takes_an_outage_for_the_end, checks_reading.an_empty_page_is_asked_again),
    Caught(lies_fetching.never_tells_a_row_twice, checks_reading.a_window_can_be_read_again),
    Caught(lies_fetching.trusts_the_clock, checks_reading.changes_the_clock_does_not_show_are_read, ("medusa", "vendure")),
    Caught(lies_wire.looks_at_one_clock, checks_reading.changes_the_clock_does_not_show_are_read, ("shipbob",), ("advices-orders",)),
    Caught(lies_wire.looks_at_one_clock, checks_reading.changes_the_clock_does_not_show_are_read, ("shipstation",), ("advices-shipments",)),
    Caught(lies_wire.leaves_the_trash_alone, checks_reading.what_is_put_aside_is_read, ("woocommerce",)),
    Caught(lies_fetching.pages_by_number, checks_days.a_bad_day_loses_nothing, BY_OFFSET, ("orders",)),
    Caught(lies_fetching.reads_orders_by_number, checks_days.a_bad_day_loses_nothing, BY_OFFSET, ("refunds",)),
    Caught(lies_fetching.takes_an_outage_for_the_end, checks_days.a_bad_day_loses_nothing),
    Caught(lies_fetching.takes_an_outage_for_the_end, checks_failing.a_cut_answer_is_asked_again),
    Caught(lies_wire.asks_only_once, checks_failing.a_cut_answer_is_asked_again),
    Caught(lies_fetching.takes_an_outage_for_the_end, checks_failing.a_page_for_people_is_asked_again),
    Caught(lies_wire.asks_only_once, checks_failing.a_page_for_people_is_asked_again),
    Caught(lies_fetching.takes_an_outage_for_the_end, checks_failing.a_dropped_reply_is_asked_again),
    Caught(lies_wire.asks_only_once, checks_failing.a_dropped_reply_is_asked_again),
    Caught(lies_fetching.tries_an_outage_twice, checks_failing.an_outage_ends_in_bounds),
    Caught(lies_fetching.gathers_before_it_gives, checks_failing.an_outage_keeps_what_was_read),
    Caught(lies_wire.waits_for_nobody, checks_failing.a_wish_in_seconds_is_waited_for),
    Caught(lies_wire.waits_for_nobody, checks_failing.a_wish_as_a_date_is_waited_for),
    Caught(lies_wire.waits_for_nobody, checks_failing.a_wish_for_no_wait_is_no_haste),
    Caught(lies_wire.believes_every_wish, checks_failing.a_wish_of_garbage_is_ridden_out),
    Caught(lies_wire.overhears_long_wishes, checks_failing.a_long_wish_is_handed_on),
    Caught(lies_fetching.knocks_again, checks_failing.refused_credentials_are_not_tried_again),
    Caught(lies_wire.does_not_sign, checks_failing.requests_are_signed),
    Caught(lies_wire.writes_its_secret_into_the_address, checks_failing.secrets_are_never_told),
    Caught(lies_mapping.names_no_stream, checks_mapping.the_kind_names_its_stream),
    Caught(lies_mapping.counts_as_it_reads, checks_mapping.reading_is_pure),
    Caught(lies_mapping.refuses_new_fields, checks_mapping.fields_nobody_knows_change_nothing),
    Caught(lies_mapping.forgets_a_coin, checks_mapping.money_is_whole_and_adds_up),
    Caught(lies_mapping.renames_its_records, checks_mapping.a_record_bears_the_id_it_is_fetched_by),
    Caught(lies_mapping.knows_no_versions, checks_mapping.a_later_change_has_a_higher_version),
    Caught(lies_fetching.drops_what_it_cannot_read, checks_mapping.a_broken_payload_spares_its_neighbours),
    Caught(lies_mapping.names_no_broken_row, checks_mapping.a_broken_payload_spares_its_neighbours),
    Caught(lies_mapping.takes_the_first_id_it_finds, checks_mapping.an_id_is_the_records_own),
    Caught(lies_mapping.keeps_the_way_out_to_itself, checks_mapping.an_unknown_status_names_the_way_out),
    Caught(lies_mapping.swallows_anything, checks_mapping.hostile_payloads_are_refused),
    Caught(lies_mapping.fails_by_another_name, checks_mapping.hostile_payloads_are_refused),
    Caught(lies_mapping.fails_by_another_name, checks_mapping.any_field_may_be_strange),
    Caught(lies_mapping.takes_yes_for_one, checks_mapping.yes_is_no_number, WITH_NUMBERS, NOT_MONEY),
    Caught(lies_mapping.takes_yes_for_one, checks_mapping.yes_is_no_number, MONEY_IN_NUMBERS, ("payouts", "disputes")),
    Caught(lies_mapping.takes_one_currency_for_another, checks_mapping.a_currency_is_never_mistaken),
    Caught(lies_mapping.quotes_what_it_refuses, checks_mapping.refusals_quote_no_person),
    Caught(lies_orders.loses_one_it_found, checks_orders.orders_are_found_by_id),
    Caught(lies_orders.calls_nothing_gone, checks_orders.gone_is_what_the_source_calls_gone),
    Caught(lies_orders.takes_the_list_for_the_truth, checks_orders.absence_from_a_list_says_nothing, HIDING),
    Caught(lies_orders.takes_an_outage_for_gone, checks_orders.an_outage_is_not_gone),
    Caught(lies_orders.takes_any_refusal_for_gone, checks_orders.a_wrong_address_is_not_gone),
    Caught(lies_orders.asks_about_nothing, checks_orders.looking_up_nothing_asks_nothing),
    Caught(lies_orders.counts_one_too_many, checks_orders.the_count_agrees),
    Caught(lies_wire.leaves_the_trash_alone, checks_orders.what_is_put_aside_is_counted, ("woocommerce",)),
    Caught(lies_orders.knows_only_one_shop, checks_orders.the_remote_is_recognised),
    Caught(lies_orders.never_recognises_a_shop, checks_orders.the_remote_is_recognised),
    Caught(lies_orders.tells_its_own_time, checks_orders.the_remote_tells_its_own_time),
    Caught(lies_orders.asks_twice_who_it_is, checks_orders.identifying_costs_one_request),
    Caught(lies_mapping.names_no_order, checks_refunds.each_refund_names_its_order),
    Caught(lies_mapping.draws_outlines, checks_refunds.a_refund_read_on_its_own_is_no_outline),
    Caught(lies_mapping.gives_a_coin_more, checks_refunds.a_refund_told_twice_is_one),
    Caught(lies_mapping.renames_its_records, checks_refunds.a_refund_told_twice_is_one),
    Caught(lies_mapping.gives_back_tenfold, checks_refunds.no_more_goes_back_than_was_paid),
    Caught(lies_payouts.tells_payouts_only, checks_payouts.payouts_and_lines_come),
    Caught(lies_payouts.mixes_its_pages, checks_payouts.payouts_and_lines_come),
    Caught(lies_payouts.loses_a_line, checks_payouts.payouts_and_lines_come),
    Caught(lies_payouts.tells_lines_as_they_arise, checks_payouts.lines_sum_to_their_payout, ITEMISING),
    Caught(lies_payouts.loses_a_line, checks_payouts.lines_sum_to_their_payout, ITEMISING),
    Caught(lies_payouts.tells_lines_as_they_arise, checks_payouts.a_line_given_its_payout_is_told_anew, ITEMISING),
    Caught(lies_payouts.tells_no_newer_version, checks_payouts.a_line_given_its_payout_is_told_anew, ITEMISING),
    Caught(lies_payouts.drops_lines_it_cannot_read, checks_payouts.a_spoilt_line_spares_its_payout),
    Caught(lies_payouts.stops_at_a_spoilt_line, checks_payouts.a_spoilt_line_spares_its_payout),
    Caught(lies_payouts.forgets_the_fees, checks_payouts.net_is_gross_less_fees),
    Caught(lies_payouts.refuses_what_it_does_not_know, checks_payouts.a_word_nobody_knows_is_kept),
    Caught(lies_payouts.takes_what_it_does_not_know_for_an_adjustment, checks_payouts.a_word_nobody_knows_is_kept),
    Caught(lies_payouts.disputes_nothing, checks_payouts.a_dispute_names_its_payment),
    Caught(lies_listings.takes_an_empty_catalogue_for_a_failure, checks_listings.an_empty_catalogue_is_read),
    Caught(lies_listings.calls_them_orders, checks_listings.pages_are_of_listings),
    Caught(lies_fetching.never_tells_a_row_twice, checks_listings.the_catalogue_can_be_read_again),
    Caught(lies_listings.lists_by_number, checks_listings.listings_that_vanish_cost_no_other, BY_OFFSET),
    Caught(lies_fetching.drops_what_it_cannot_read, checks_listings.an_unreadable_listing_spares_its_neighbours),
    Caught(lies_mapping.names_no_broken_row, checks_listings.an_unreadable_listing_spares_its_neighbours),
    Caught(lies_mapping.renames_its_records, checks_listings.a_listing_bears_the_id_it_is_fetched_by),
    Caught(lies_listings.forgets_the_product, checks_listings.a_variant_names_its_product, WITH_PRODUCTS),
    Caught(lies_mapping.renames_its_records, checks_listings.order_lines_name_listings),
    Caught(lies_listings.tracks_everything, checks_listings.what_is_not_counted_is_not_tracked),
    Caught(lies_mapping.swallows_anything, checks_listings.hostile_listings_are_refused),
    Caught(lies_mapping.fails_by_another_name, checks_listings.hostile_listings_are_refused),
    Caught(lies_stock.forgets_the_last_one, checks_stock.levels_end_as_asked),
    Caught(lies_stock.drops_zeroes, checks_stock.nothing_left_is_a_level),
    Caught(lies_stock.numbers_its_requests, checks_stock.the_same_call_makes_the_same_requests),
    Caught(lies_stock.adds_each_time, checks_stock.setting_twice_changes_nothing),
    Caught(lies_stock.says_each_twice, checks_stock.batches_keep_to_what_is_declared),
    Caught(lies_stock.gives_the_batch_up, checks_stock.one_refused_target_spares_the_batch),
    Caught(lies_stock.raises_what_is_refused, checks_stock.unknown_listings_are_refused),
    Caught(lies_stock.calls_everything_told, checks_stock.what_is_not_counted_is_refused, WITH_SWITCHES),
    Caught(lies_stock.takes_silence_for_no, checks_stock.a_lost_reply_is_no_refusal),
    Caught(lies_stock.takes_silence_for_yes, checks_stock.an_outage_is_no_answer),
    Caught(lies_stock.takes_silence_for_no, checks_stock.an_outage_is_no_answer),
    Caught(lies_wire.waits_for_nobody, checks_stock.a_wish_to_wait_is_heard),
    Caught(lies_stock.overwrites_blindly, checks_stock.what_changed_meanwhile_is_left_alone, COMPARING),
    Caught(lies_stock.expects_nothing_to_be_there, checks_stock.nothing_expected_overwrites, COMPARING),
    Caught(lies_stock.says_the_other_meaning, checks_stock.what_open_orders_hold_is_not_sold_again),
    Caught(lies_stock.forgets_what_is_held, checks_stock.what_open_orders_hold_is_not_sold_again, ("vendure",)),
    Caught(lies_stock.leaves_one_listing_out, checks_stock.levels_are_read_back),
    Caught(lies_stock.takes_null_for_zero, checks_stock.null_is_not_zero),
    Caught(lies_stock.overlooks_that_it_is_refused, checks_stock.refused_credentials_stop_the_sink),
    Caught(lies_stock.hurries, checks_stock.the_declared_rate_is_kept),
    Caught(lies_wire.writes_its_secret_into_the_address, checks_stock.stock_tells_no_secret),
    Caught(lies_commands.numbers_what_it_writes, checks_commands.writing_is_pure),
    Caught(lies_commands.says_that_it_is_done, checks_commands.a_command_has_one_effect),
    Caught(lies_commands.takes_a_repeat_for_a_refusal, checks_commands.done_again_it_has_no_other, REMEMBERING),
    Caught(lies_commands.takes_a_repeat_for_a_refusal, checks_commands.done_again_it_has_no_other, ("shipstation",), ("cancels",)),
    Caught(lies_commands.finds_another, checks_commands.done_again_it_has_no_other, FORGETTING),
    Caught(lies_commands.finds_another, checks_commands.done_again_it_has_no_other, ("shipstation",), ("shipments",)),
    Caught(lies_commands.finds_nothing, checks_commands.a_lost_answer_leaves_it_open, ("shipstation",), ("shipments",)),
    Caught(lies_commands.takes_a_repeat_for_a_refusal, checks_commands.told_again_it_shows_one),
    Caught(lies_commands.says_nothing_of_repeats, checks_commands.told_again_it_shows_one),
    Caught(lies_commands.finds_whatever_it_is_asked_for, checks_commands.what_is_half_done_is_not_found, IN_STEPS),
    Caught(lies_commands.keeps_to_its_first_command, checks_commands.two_commands_have_two_effects),
    Caught(lies_commands.takes_silence_for_haste, checks_commands.a_lost_answer_leaves_it_open),
    Caught(lies_commands.takes_silence_for_done, checks_commands.a_lost_answer_leaves_it_open),
    Caught(lies_commands.takes_silence_for_haste, checks_commands.an_answer_of_nobody_leaves_it_open),
    Caught(lies_commands.takes_silence_for_done, checks_commands.an_answer_of_nobody_leaves_it_open),
    Caught(lies_commands.takes_haste_for_silence, checks_commands.what_is_turned_away_is_told_apart),
    Caught(lies_wire.overhears_long_wishes, checks_commands.what_is_turned_away_is_told_apart),
    Caught(lies_commands.tries_once_more, checks_commands.a_command_is_sent_once_a_call),
    Caught(lies_commands.overhears_no, checks_commands.a_refused_command_is_rejected),
    Caught(lies_commands.takes_a_locked_door_for_no, checks_commands.refused_credentials_stop_a_command),
    Caught(lies_commands.finds_whatever_it_is_asked_for, checks_commands.what_was_made_is_found),
    Caught(lies_commands.finds_nothing, checks_commands.what_was_made_is_found),
    Caught(lies_commands.takes_an_outage_for_nothing, checks_commands.an_outage_finds_nothing_out),
    Caught(lies_commands.gives_what_it_looks_for, checks_commands.finding_does_nothing),
    Caught(
        lies_commands.sends_it_in_its_own_words,
        checks_commands.the_body_is_sent_as_it_was_written,
        ("shipbob", "shipstation"),
        ("shipments",),
    ),
    Caught(lies_commands.says_another_class, checks_commands.the_class_is_the_vendors),
    Caught(lies_wire.does_not_sign, checks_commands.commands_are_signed),
    Caught(lies_wire.writes_its_secret_into_the_address, checks_commands.commands_tell_no_secret),
    Caught(lies_labels.overlooks_what_is_there, checks_labels.a_label_is_paid_for_once, ("easypost",)),
    Caught(lies_commands.says_that_it_is_done, checks_labels.a_label_is_paid_for_once),
    Caught(lies_labels.writes_another_service, checks_labels.a_service_that_is_not_offered_pays_nothing),
    Caught(lies_commands.overhears_no, checks_labels.a_service_that_is_not_offered_pays_nothing),
    Caught(lies_commands.overhears_no, checks_labels.a_refused_purchase_pays_nothing),
    Caught(lies_labels.reads_another_label, checks_labels.a_bought_label_is_read),
    Caught(lies_labels.carries_for_nothing, checks_labels.a_bought_label_is_read),
    Caught(lies_labels.reads_what_nobody_bought, checks_labels.what_nobody_paid_for_is_no_label),
    Caught(lies_labels.pads_what_it_sends, checks_labels.the_same_label_is_asked_for_alike),
    Caught(lies_tracking.tells_half_of_the_way, checks_tracking.every_way_is_told),
    Caught(lies_tracking.tires_of_following, checks_tracking.every_way_is_told),
    Caught(lies_tracking.forgets_the_zone, checks_tracking.every_event_is_in_utc),
    Caught(lies_tracking.tells_it_later_each_time, checks_tracking.told_twice_it_is_the_same),
    Caught(lies_tracking.takes_no_news_for_trouble, checks_tracking.a_parcel_nobody_knows_is_left_out),
    Caught(lies_tracking.drops_what_it_cannot_follow, checks_tracking.a_refused_parcel_spares_the_others),
    Caught(lies_tracking.stops_at_the_first_trouble, checks_tracking.a_refused_parcel_spares_the_others),
    Caught(lies_tracking.stops_at_the_first_trouble, checks_tracking.an_unreadable_parcel_spares_the_others),
    Caught(lies_tracking.keeps_its_reasons_to_itself, checks_tracking.an_unreadable_parcel_spares_the_others),
    Caught(lies_tracking.tires_of_following, checks_tracking.the_order_of_asking_means_nothing),
    Caught(lies_tracking.tells_each_as_often_as_it_is_asked, checks_tracking.a_parcel_asked_for_twice_is_told_once),
    Caught(lies_tracking.asks_about_somebody, checks_tracking.asking_about_no_parcel_asks_nothing),
    Caught(lies_wire.asks_only_once, checks_tracking.a_lost_answer_about_parcels_is_asked_for_again),
    Caught(lies_tracking.takes_an_outage_for_no_news, checks_tracking.an_outage_says_nothing_of_parcels),
    Caught(lies_tracking.takes_an_outage_for_trouble, checks_tracking.an_outage_says_nothing_of_parcels),
    Caught(lies_tracking.knocks_for_each_parcel, checks_tracking.refused_credentials_stop_the_following),
    Caught(lies_wire.does_not_sign, checks_tracking.following_is_signed_and_tells_no_secret),
    Caught(lies_wire.writes_its_secret_into_the_address, checks_tracking.following_is_signed_and_tells_no_secret),
    Caught(lies_vouchers.writes_whatever_it_gets, checks_vouchers.what_does_not_balance_never_leaves),
    Caught(lies_vouchers.balances_it_itself, checks_vouchers.what_does_not_balance_never_leaves),
    Caught(lies_vouchers.posts_it_twice, checks_vouchers.a_voucher_is_posted_once, BLIND),
    Caught(lies_commands.says_that_it_is_done, checks_vouchers.a_voucher_is_posted_once),
    Caught(lies_vouchers.keeps_the_reason_to_itself, checks_vouchers.a_closed_period_is_a_final_no),
    Caught(lies_vouchers.tries_a_closed_period_later, checks_vouchers.a_closed_period_is_a_final_no),
    Caught(lies_commands.overhears_no, checks_vouchers.a_closed_period_is_a_final_no),
    Caught(lies_vouchers.keeps_the_reason_to_itself, checks_vouchers.an_account_nobody_knows_is_a_final_no),
    Caught(lies_commands.overhears_no, checks_vouchers.an_account_nobody_knows_is_a_final_no),
    Caught(lies_vouchers.turns_the_signs, checks_vouchers.what_was_posted_is_read_back),
    Caught(lies_vouchers.loses_a_cent, checks_vouchers.what_was_posted_is_read_back),
    Caught(lies_vouchers.takes_the_vendors_words_for_ours, checks_vouchers.what_was_posted_is_read_back),
    Caught(lies_vouchers.reads_a_day_too_much, checks_vouchers.only_the_days_asked_for_are_read),
    Caught(lies_vouchers.forgets_the_last_day, checks_vouchers.only_the_days_asked_for_are_read),
    Caught(lies_vouchers.reads_the_first_page_only, checks_vouchers.every_page_of_entries_is_read),
    Caught(lies_vouchers.takes_every_entry_for_ours, checks_vouchers.entries_of_others_bear_no_reference),
    Caught(lies_vouchers.leaves_strangers_out, checks_vouchers.entries_of_others_bear_no_reference),
    Caught(lies_vouchers.takes_drafts_for_posted, checks_vouchers.a_draft_is_marked, WITH_DRAFTS),
    Caught(lies_vouchers.leaves_drafts_out, checks_vouchers.a_draft_is_marked, WITH_DRAFTS),
    Caught(lies_vouchers.passes_over_what_it_cannot_read, checks_vouchers.an_unreadable_entry_spares_the_others),
    Caught(lies_vouchers.stops_at_what_it_cannot_read, checks_vouchers.an_unreadable_entry_spares_the_others),
    Caught(lies_wire.asks_only_once, checks_vouchers.a_lost_page_of_entries_is_asked_for_again),
    Caught(lies_vouchers.takes_an_outage_for_an_empty_ledger, checks_vouchers.an_outage_is_no_empty_ledger),
    Caught(lies_wire.does_not_sign, checks_vouchers.reading_entries_is_signed_and_tells_no_secret),
    Caught(lies_wire.writes_its_secret_into_the_address, checks_vouchers.reading_entries_is_signed_and_tells_no_secret),
    Caught(lies_mail.believes_its_own_numbers, checks_mail.other_numbers_lose_nothing_and_double_nothing),
    Caught(lies_mail.names_slices_by_their_turn, checks_mail.a_mail_that_comes_twice_is_one),
    Caught(lies_mail.reads_half_of_what_arrives, checks_mail.mails_that_arrive_lose_nothing),
    Caught(lies_mail.believes_any_server, checks_mail.nobody_orders_in_anothers_name),
    Caught(lies_mail.says_nothing_of_strangers, checks_mail.nobody_orders_in_anothers_name),
    Caught(lies_mail.believes_any_line, checks_mail.a_forged_verdict_below_ours_counts_for_nothing),
    Caught(lies_mail.says_nothing_of_strangers, checks_mail.strangers_are_counted_and_not_read),
    Caught(lies_fetching.drops_what_it_cannot_read, checks_mail.a_broken_mail_spares_its_neighbours),
    Caught(lies_mail.marks_what_it_reads, checks_mail.nothing_in_the_mailbox_is_changed),
    Caught(lies_mail.takes_a_dropped_line_for_the_end, checks_mail.a_dropped_line_is_an_outage),
    Caught(lies_mail.takes_a_dropped_line_for_the_end, checks_mail.an_answer_without_end_is_not_read),
    Caught(lies_mail.takes_a_locked_door_for_an_empty_box, checks_mail.refused_mail_credentials_stop),
    Caught(lies_mail.takes_a_locked_door_for_an_empty_box, checks_mail.the_mailbox_is_recognised),
    Caught(lies_mail.counts_one_too_many, checks_mail.the_count_of_mails_agrees),
    Caught(lies_fetching.reads_a_month_too_much, checks_files.what_is_older_is_left_alone),
    Caught(lies_files.knows_files_by_their_place, checks_files.files_that_leave_lose_nothing),
    Caught(lies_files.knows_only_what_it_saw_first, checks_files.a_late_file_is_found),
    Caught(lies_files.reads_what_is_being_written, checks_files.a_growing_file_is_left_for_later),
    Caught(lies_files.reads_what_is_being_written, checks_files.an_unfinished_file_is_left_alone),
    Caught(lies_files.takes_each_copy_for_another, checks_files.a_file_sent_twice_is_one),
    Caught(lies_files.forgets_where_in_a_file_it_was, checks_files.a_file_of_many_is_read_on_from_any_document),
    Caught(lies_files.drops_what_is_torn, checks_files.a_truncated_file_is_set_aside_by_name),
    Caught(lies_fetching.drops_what_it_cannot_read, checks_files.a_truncated_file_is_set_aside_by_name),
    Caught(lies_files.takes_the_last_id_it_finds, checks_files.an_id_is_the_documents_own),
    Caught(lies_files.takes_a_missing_folder_for_an_empty_one, checks_files.a_missing_folder_is_the_operators_matter),
    Caught(lies_fetching.tries_an_outage_twice, checks_files.an_outage_of_folders_ends_in_bounds),
    Caught(lies_fetching.takes_an_outage_for_the_end, checks_files.an_outage_of_folders_ends_in_bounds),
    Caught(lies_fetching.gathers_before_it_gives, checks_files.an_outage_of_folders_keeps_what_was_read),
    Caught(lies_fetching.takes_an_outage_for_the_end, checks_files.a_bad_day_of_files_loses_nothing),
    Caught(lies_orders.asks_twice_who_it_is, checks_files.identifying_looks_into_each_folder_once),
    Caught(lies_orders.knows_only_one_shop, checks_files.identifying_looks_into_each_folder_once),
    Caught(lies_mapping.keeps_the_way_out_to_itself, checks_files.an_unknown_code_names_the_way_out),
    Caught(lies_mapping.quotes_what_it_refuses, checks_files.refusals_of_sets_quote_no_person),
    Caught(lies_orders.counts_one_too_many, checks_files.the_orders_of_files_are_counted),
    Caught(lies_replying.answers_everything_alike, checks_replying.each_kind_of_reply_is_written),
    Caught(lies_replying.leaves_the_last_line_out, checks_replying.every_line_is_told),
    Caught(lies_replying.makes_the_sum_fit, checks_replying.a_bill_that_does_not_add_up_never_leaves),
    Caught(lies_files.writes_it_in_its_own_words, checks_commands.the_body_is_sent_as_it_was_written, BY_FILE),
    Caught(lies_commands.takes_silence_for_haste, checks_file_commands.a_lost_answer_leaves_the_file_open),
    Caught(lies_commands.takes_silence_for_done, checks_file_commands.a_lost_answer_leaves_the_file_open),
    Caught(lies_commands.takes_haste_for_silence, checks_file_commands.a_file_turned_away_is_told_apart),
    Caught(lies_commands.tries_once_more, checks_file_commands.a_file_is_written_once_a_call),
    Caught(lies_commands.says_another_class, checks_file_commands.a_file_taken_away_is_known_again),
    Caught(lies_files.numbers_its_files, checks_file_commands.a_file_taken_away_is_known_again),
    Caught(lies_commands.takes_an_outage_for_nothing, checks_file_commands.a_missing_inbox_finds_nothing_out),
    Caught(lies_acknowledging.leaves_a_document_out, checks_acknowledging.groups_are_told_whole),
    Caught(lies_acknowledging.answers_answers, checks_acknowledging.groups_are_told_whole),
    Caught(lies_acknowledging.answers_answers, checks_acknowledging.acknowledgements_are_left_alone),
    Caught(lies_acknowledging.numbers_its_groups, checks_acknowledging.a_group_is_known_again),
    Caught(lies_acknowledging.tells_of_last_year, checks_acknowledging.groups_of_before_are_left_alone),
    Caught(lies_acknowledging.says_yes_to_everything, checks_acknowledging.what_is_said_of_each_document_is_written),
    Caught(lies_files.makes_the_folder_it_misses, checks_file_commands.a_missing_inbox_finds_nothing_out),
    *(
        Caught(lie, check, of=("settlements", "statements"))
        for lie, check in (
            (lies_money_files.drops_a_line_and_mends_the_sums, checks_money_files.every_line_is_told),
            (lies_money_files.forgets_the_sums, checks_money_files.what_is_told_adds_up),
            (lies_money_files.states_a_sum_of_its_own, checks_money_files.what_is_told_adds_up),
            (lies_money_files.numbers_its_lines, checks_money_files.a_file_read_twice_is_the_same),
            (lies_money_files.knows_lines_by_their_amount, checks_money_files.ids_are_each_lines_own),
            (lies_money_files.knows_lines_by_the_file, checks_money_files.the_name_of_a_file_means_nothing),
            (lies_money_files.counts_bytes, checks_money_files.another_layout_says_the_same),
            (lies_money_files.takes_what_is_there, checks_money_files.a_cut_file_is_refused),
            (lies_money_files.believes_each_amount, checks_money_files.a_changed_amount_is_noticed),
            (lies_money_files.lets_a_parser_speak, checks_money_files.hostile_files_end_by_name),
            (lies_money_files.believes_each_amount, checks_money_files.nothing_is_read_of_what_is_no_file_of_money),
            (lies_money_files.quotes_what_it_cannot_read, checks_money_files.refusals_of_files_quote_no_person),
            (lies_money_files.claims_everything, checks_money_files.a_file_is_known_by_its_form),
            (lies_money_files.goes_by_the_name, checks_money_files.a_file_is_known_by_its_form),
            (lies_money_files.wants_plain_text, checks_money_files.asking_whose_a_file_is_never_fails),
            (lies_money_files.reckons_in_floats, checks_money_files.all_that_is_told_is_plain),
            (lies_money_files.knows_lines_by_their_statement, checks_money_files.an_overlapping_statement_tells_the_same_lines),
        )
    ),
    *(
        Caught(lie, check, of=("vouchers",))
        for lie, check in (
            (lies_voucher_files.sorts_by_day, checks_voucher_files.every_voucher_is_written_in_order),
            (lies_voucher_files.leaves_the_last_one_out, checks_voucher_files.every_voucher_is_written_in_order),
            (lies_voucher_files.books_the_other_way_round, checks_voucher_files.sums_are_read_back),
            (lies_voucher_files.takes_every_currency_at_par, checks_voucher_files.functional_amounts_are_read_back),
            (lies_voucher_files.forgets_what_is_reversed, checks_voucher_files.what_is_told_beside_amounts_is_kept),
            (lies_voucher_files.forgets_dimensions, checks_voucher_files.what_is_told_beside_amounts_is_kept),
            (lies_voucher_files.numbers_its_files, checks_voucher_files.the_same_vouchers_make_the_same_file),
            (lies_voucher_files.plugs_what_lacks, checks_voucher_files.what_does_not_balance_is_refused),
            (lies_voucher_files.leaves_out_what_it_refuses, checks_voucher_files.what_does_not_balance_is_refused),
            (lies_voucher_files.leaves_strange_texts_out, checks_voucher_files.hostile_texts_stay_texts),
            (lies_voucher_files.takes_nothing_for_a_failure, checks_voucher_files.nothing_to_write_is_a_file_too),
            (lies_voucher_files.gathers_vouchers_before_it_writes, checks_voucher_files.many_vouchers_need_no_more_memory),
        )
    ),
    *(
        Caught(lie, check, of=("days",))
        for lie, check in (
            (lies_days_listed.leaves_an_order_of_the_day_out, checks_days_listed.the_day_has_every_order),
            (lies_days_listed.tells_the_neighbours_too, checks_days_listed.neighbours_are_not_of_the_day),
            (lies_days_listed.tells_times_of_its_own, checks_days_listed.a_days_times_are_those_of_the_orders),
            (lies_days_listed.tells_less_money, checks_days_listed.a_days_figures_are_those_of_the_orders),
            (lies_days_listed.takes_an_outage_for_an_empty_day, checks_days_listed.a_spoilt_day_is_asked_again),
            (lies_days_listed.takes_an_empty_day_for_an_outage, checks_days_listed.an_empty_day_is_empty),
        )
    ),
    Caught(lies_voucher_files.gives_the_file_at_once, checks_voucher_files.many_vouchers_need_no_more_memory, AS_TEXT, ("vouchers",)),
)


def _tellings() -> list[Any]:
    return [
        pytest.param(stand.name, stand.stream, told, id=f"{stand.name}-{stand.stream.label}-{told.lie.__name__}-{told.check.__name__}")
        for stand in stands()
        for told in LIES
        if told.check in promises_of(stand) and stand.name in (told.only or (stand.name,)) and _is_about(told, stand.stream)
    ]


def _is_about(told: Caught, stream: Stream) -> bool:
    return stream.name in told.of or stream.label in told.of


@pytest.mark.parametrize(("name", "stream", "told"), _tellings())
def test_the_liar_is_caught(name: str, stream: Stream, told: Caught) -> None:
    liar = told.lie(registry.find(name), stream)

    with pytest.raises((AssertionError, HubError, ValueError, pytest.fail.Exception)):
        told.check(stand_of(name, stream, liar))


@pytest.mark.parametrize("check", dict.fromkeys(check for checks in (*CHECKS.values(), *OF_FILES.values(), OF_MAILS) for check in checks))
def test_every_check_has_a_liar(check: Check) -> None:
    assert check in {told.check for told in LIES}


def test_every_check_belongs_to_a_capability() -> None:
    written = {
        *checks_reading.READING,
        *checks_days.DAY,
        *checks_days_listed.DAYS_LISTED,
        *checks_failing.FAILING,
        *checks_mapping.MAPPING,
        *checks_orders.ORDERS,
        *checks_refunds.REFUNDS,
        *checks_replying.REPLYING,
        *checks_payouts.OF_PAYOUTS,
        *checks_payouts.OF_LINES,
        *checks_payouts.DISPUTES,
        *checks_listings.LISTINGS,
        *checks_stock.STOCK,
        *checks_commands.NOTICES,
        *checks_labels.LABELS,
        *checks_tracking.TRACKING,
        *checks_vouchers.VOUCHERS,
        *checks_vouchers.ENTRIES,
        *checks_money_files.STATEMENTS,
        *checks_voucher_files.VOUCHER_FILES,
    }

    assert written == {check for checks in CHECKS.values() for check in checks}
