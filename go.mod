module github.com/openedx/advisory-reminders

go 1.26
