from django.db import migrations

# Who sits where, in which team and below whom: what is added up along the line must follow. Subjects are positions;
# a team that changes its region concerns everything.
WATCHED = [
    ("people_occupancy", "people.line", "position_id", "position_id,person_id,valid_from,valid_to"),
    ("people_positionteam", "people.line", "position_id", "position_id,team_id,valid_from,valid_to"),
    ("people_reportingline", "people.line", "position_id", "position_id,reports_to_id,valid_from,valid_to"),
    ("people_team", "people.team", "id", "kind,parent_id"),
]


class Migration(migrations.Migration):
    dependencies = [("people", "0001_initial"), ("core", "0004_outbox_watch")]
    operations = [
        migrations.RunSQL(
            "SELECT core_outbox_watch('{}', '{}', '{}', '{}', 'insert,update,delete')".format(*watched),
            f"SELECT core_outbox_unwatch('{watched[0]}')",
        )
        for watched in WATCHED
    ]
